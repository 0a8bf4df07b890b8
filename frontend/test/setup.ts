import "@testing-library/jest-dom/vitest";

// jsdom has neither: Mantine and the windowed grids ask for both.
window.matchMedia = (query) => ({
  matches: false,
  media: query,
  onchange: null,
  addListener: () => {},
  removeListener: () => {},
  addEventListener: () => {},
  removeEventListener: () => {},
  dispatchEvent: () => false,
});

window.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};

// A text box that grows listens for them.
Object.defineProperty(document, "fonts", { value: new EventTarget() });

// jsdom prints "Not implemented" for every call; components must tolerate null anyway.
HTMLCanvasElement.prototype.getContext = () => null;
Element.prototype.scrollIntoView = () => {};
window.scrollTo = () => {};
