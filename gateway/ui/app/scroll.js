// Keeps the end in sight while a turn grows, unless the reader has scrolled up.

const NEAR_PX = 80;

export class Scroll {
  constructor(box) {
    this.box = box;
    this.sticks = true;
    let top = 0;
    box.addEventListener("scroll", () => {
      // Only going up lets go: the page may have grown since it was last brought to its end.
      const near = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
      if (near) this.sticks = true;
      else if (box.scrollTop < top) this.sticks = false;
      top = box.scrollTop;
    });
  }

  toEnd() {
    this.sticks = true;
    this.follow();
  }

  /** At most once a frame. */
  follow() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.sticks) this.box.scrollTop = this.box.scrollHeight;
    });
  }
}
