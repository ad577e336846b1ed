// The page's side of the worker: sends pictures once, asks for paintings, and gives what comes of the newest question.

export class Session {
  // about: the site's model.json. news(text, done, all): while the network loads.
  constructor(about, news) {
    this.about = about;
    this.news = news;
    this.number = 0;
    this.sent = new Set();
    this.waiting = null;
    this.start();
  }

  start() {
    this.worker = new Worker(new URL("worker.js", import.meta.url), {type: "module"});
    this.worker.onmessage = ({data}) => this.hear(data);
    this.worker.onerror = event => {
      event.preventDefault();
      this.hear({kind: "error", number: this.number, text: "This browser could not start the network: try a newer one."});
    };
  }

  // Another engine wants a new worker, since the runtimes share nothing.
  restart() {
    this.worker.terminate();
    this.sent.clear();
    this.waiting?.give(null);
    this.waiting = null;
    this.start();
  }

  hear({kind, number, ...data}) {
    if (kind === "progress") return this.news(data.text, data.done, data.all);
    if (number !== this.number || !this.waiting) return; // an answer to a question that has been replaced
    const {give, fail} = this.waiting;
    this.waiting = null;
    if (kind === "done") give(data);
    else fail(new Error(data.text));
  }

  // Have a picture in the worker under a key; make() gives it, where it is not there yet.
  async keep(key, make) {
    if (this.sent.has(key)) return;
    const [worker, picture] = [this.worker, await make()];
    if (worker !== this.worker || this.sent.has(key)) return; // another worker since, or another call was quicker
    this.sent.add(key);
    worker.postMessage({kind: "picture", key, picture});
  }

  // See Painter.paint; gives its picture and times, or null where a newer question replaces this one.
  ask(question) {
    this.waiting?.give(null);
    this.number += 1;
    return new Promise((give, fail) => {
      this.waiting = {give, fail};
      this.worker.postMessage({kind: "paint", number: this.number, about: this.about, ...question});
    });
  }
}
