// The page's side of the worker: sends pictures and files once, asks for paintings, and gives what comes of the newest
// question.

const MOST = 30; // that the worker keeps: pictures, 256 px on the short side, and files, which are no more than references

export class Session {
  // about: the site's model.json and files.json. news(text, done, all, amount): while the worker is at it.
  constructor(about, news) {
    this.about = about;
    this.news = news;
    this.number = 0;
    this.start();
  }

  start() {
    this.sent = new Set(); // keys of pictures, the one that was used longest ago first
    this.waiting = null;
    this.broken = null;
    this.worker = new Worker(new URL("worker.js", import.meta.url), {type: "module"});
    this.worker.onmessage = ({data}) => this.hear(data);
    this.worker.onerror = event => {
      event.preventDefault();
      this.broken = new Error("The network's script could not be started here: reload the page, or try a newer browser.");
      this.waiting?.fail(this.broken);
      this.waiting = null;
    };
  }

  // Another engine wants a new worker, since the runtimes share nothing.
  restart() {
    this.worker.terminate();
    this.waiting?.give(null);
    this.start();
  }

  hear({kind, number, ...data}) {
    if (kind === "progress") return this.news(data.text, data.done, data.all, data.amount);
    if (number !== this.number || !this.waiting) return; // an answer to a question that has been replaced
    const {give, fail} = this.waiting;
    this.waiting = null;
    if (kind === "done") give(data);
    else fail(new Error(data.text));
  }

  // Have a picture or a file in the worker under a key; make() gives it, where it is not there yet.
  async keep(key, make) {
    if (!this.sent.has(key)) {
      const [worker, what] = [this.worker, await make()];
      if (worker !== this.worker) return; // replaced meanwhile; whoever changed the engine asks again
      if (!this.sent.has(key)) worker.postMessage({kind: "keep", key, what});
    }
    this.sent.delete(key);
    this.sent.add(key);
    for (const old of [...this.sent].slice(0, -MOST)) {
      this.sent.delete(old);
      this.worker.postMessage({kind: "forget", key: old});
    }
  }

  // kind: "paint", see Painter.paint, or "save", see saved(). Gives what these give, or null where a newer question
  // replaces this one.
  async ask(kind, question) {
    if (this.broken) throw this.broken;
    this.waiting?.give(null);
    this.number += 1;
    return new Promise((give, fail) => {
      this.waiting = {give, fail};
      this.worker.postMessage({kind, number: this.number, about: this.about, ...question});
    });
  }
}
