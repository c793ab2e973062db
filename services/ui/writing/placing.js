// Where a reader stands on the page: at the end of a story that they open, and at the end of one that
// grows as long as they stay there; and with the keyboard where the button was that is gone.

const AT_END_PX = 120;
const BUTTONS_PX = 160;
const EDIT_ROOM_PX = 200;
const GAP_PX = 12;
const PAGE = "article.once-page";
const LIVE_TEXT = ".once-live .once-text";
const TEXT = "article.once-draft .once-text, article.once-page[aria-busy] .once-text";
const HANDS = ["wheel", "touchmove", "pointerdown", "keydown"];

// A page that was loaded has its controls open only if somebody just opened them.
function isLoaded() {
  const [{ name }] = performance.getEntriesByType("navigation");
  const isFirst = !window.oncePlaced;
  window.oncePlaced = true;
  return isFirst && new URL(name).pathname === location.pathname;
}

class Place {
  constructor(main) {
    this.main = main;
    this.atEnd = true;
    main.addEventListener("scroll", this, { passive: true });
    main.addEventListener("focusin", this);
    for (const hand of HANDS) document.addEventListener(hand, this, { passive: true, capture: true });
    this.sizes = new ResizeObserver(() => this.follow());
    this.sizes.observe(main.querySelector('[data-testid="stMainBlockContainer"]'));
    this.changes = new MutationObserver(() => {
      this.keepLine();
      this.keepFocus();
    });
    this.clear();
    this.keepLine();
    this.changes.observe(main, { childList: true, subtree: true, attributeFilter: ["disabled"] });
  }

  show({ story, passage, given_up }) {
    // A page loses the text for a moment when an edit ends; its reader is still at that passage.
    if (this.givenUp !== undefined && this.givenUp !== given_up) this.passage = passage;
    this.givenUp = given_up;
    if (this.story === story) return;
    this.story = story;
    this.isOpening = story !== "";
    this.reached = this.stood = 0;
    this.movedTo = null;
    this.atEnd = true;
    this.follow();
  }

  follow() {
    const passage = this.main.querySelectorAll(".once-passage")[this.passage ?? -1];
    if (passage) {
      passage.scrollIntoView({ block: "center" });
      this.passage = null;
      return;
    }
    if (this.edit) return this.reveal();
    // What comes with a story's end moves it once more.
    if (this.atEnd && this.main.querySelector(".once-live")) this.isOpening = true;
    if (this.isOpening) {
      this.main.scrollTop += Math.max(0, this.beneath());
      this.reached = this.main.scrollTop;
    } else {
      this.returnToPlace();
    }
  }

  // An edit opens in sight: from its first line, if it is taller than the window. It takes its
  // height a moment after it came.
  reveal() {
    const { top, bottom } = this.main.getBoundingClientRect();
    const isTall = this.edit.offsetHeight > bottom - top - EDIT_ROOM_PX;
    this.edit.scrollIntoView({ block: isTall ? "start" : "center" });
  }

  // How far the text's end stands below where it can be read, in pixels.
  beneath() {
    const text = this.main.querySelector(LIVE_TEXT) ?? this.main.querySelector(TEXT);
    if (!text) return 0;
    const { bottom } = text.getBoundingClientRect();
    return Math.max(bottom + BUTTONS_PX, this.buttonsEnd()) - this.main.getBoundingClientRect().bottom;
  }

  // On a narrow screen the status line lies over the page's foot, and the buttons come before it.
  buttonsEnd() {
    const first = this.main.querySelector(".st-key-toolbar")?.firstElementChild;
    if (!this.line || !first || getComputedStyle(this.line).position !== "fixed") return 0;
    return first.getBoundingClientRect().bottom + this.line.offsetHeight + GAP_PX;
  }

  // It grows when a story ends, and the page beneath it does not.
  keepLine() {
    const line = this.main.querySelector(".st-key-status")?.parentElement;
    if (line === this.line) return;
    if (this.line) this.sizes.unobserve(this.line);
    this.line = line;
    if (line) this.sizes.observe(line);
  }

  // A page that is shorter for a moment, or while a passage is edited, moves its reader up.
  returnToPlace() {
    const { scrollTop, scrollHeight, clientHeight } = this.main;
    if (scrollTop < this.stood && scrollTop >= scrollHeight - clientHeight - 1) {
      this.movedTo = scrollTop;
    } else if (scrollTop === this.movedTo && scrollHeight - clientHeight >= this.stood) {
      this.main.scrollTop = this.stood;
    }
  }

  handleEvent({ type, target }) {
    if (type === "scroll") {
      const { scrollTop } = this.main;
      this.atEnd = this.beneath() < AT_END_PX;
      if (scrollTop < this.reached - AT_END_PX) this.isOpening = false;
      if (scrollTop !== this.movedTo) this.stood = scrollTop;
    } else if (type === "focusin") {
      this.focused = target;
    } else {
      this.isOpening = false;
      this.passage = this.edit = null;
      // Who presses elsewhere leaves the button by themselves.
      if (type === "pointerdown") this.focused = null;
    }
  }

  // What had the focus may go, or be of no use for now. Then the fields of an edit have it, or else
  // the story: nothing happens there by one press too many, and its buttons come next.
  keepFocus() {
    const { activeElement } = document;
    const isElsewhere = activeElement !== document.body && activeElement !== this.focused;
    const isGone = this.focused && (!this.focused.isConnected || this.focused.disabled);
    const field = this.main.querySelector(".st-key-editing textarea");
    const isNew = field !== this.field;
    if (field && !this.field) {
      this.edit = field;
      this.reveal();
    } else if (!field) {
      this.edit = null;
    }
    this.field = field;
    if (isElsewhere) return;
    if (field && (isNew || isGone)) field.focus();
    else if (isGone) this.page()?.focus({ preventScroll: true });
  }

  page() {
    const page = this.main.querySelector(PAGE);
    page?.setAttribute("tabindex", "-1");
    return page;
  }

  // On a narrow screen the controls lie over the story, also when another page was left like that.
  clear() {
    const isOpen = !document.querySelector('[data-testid="stExpandSidebarButton"]');
    if (!isLoaded() && isOpen && window.matchMedia("(max-width: 767.98px)").matches)
      document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  }

  close() {
    this.main.removeEventListener("scroll", this);
    this.main.removeEventListener("focusin", this);
    for (const hand of HANDS) document.removeEventListener(hand, this, { capture: true });
    this.sizes.disconnect();
    this.changes.disconnect();
  }
}

export default function ({ parentElement, data }) {
  const main = parentElement.closest('[data-testid="stMain"]');
  const place = (parentElement.oncePlace ??= new Place(main));
  place.show(data);
  return () => {
    place.close();
    delete parentElement.oncePlace;
  };
}
