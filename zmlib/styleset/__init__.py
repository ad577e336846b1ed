"""The paper's way to many styles (section 4.1): new style pictures, each by OST from a photo and a seed painting."""
