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

// A text box that grows listens for them, a heat map waits until they are there.
Object.defineProperty(document, "fonts", { value: Object.assign(new EventTarget(), { ready: Promise.resolve() }) });

// jsdom prints "Not implemented" for every call; components must tolerate null anyway.
HTMLCanvasElement.prototype.getContext = () => null;
Element.prototype.scrollIntoView = () => {};
window.scrollTo = () => {};
