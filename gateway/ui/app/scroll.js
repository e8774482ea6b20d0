// Keeps the end in sight while a turn grows, unless the reader has scrolled up.

const NEAR_PX = 80;

export class Scroll {
  constructor(box) {
    this.box = box;
    this.sticks = true;
    // Only the reader's scrolling changes it: growing content fires no scroll event.
    box.addEventListener("scroll", () => {
      this.sticks = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
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
