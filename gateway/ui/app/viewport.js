// The page's height is what is visible above a phone's keyboard, so that the composer stays in
// sight where the keyboard covers the page instead of shrinking it (Safari).

export function setUpViewport() {
  const view = window.visualViewport;
  if (!view) return;
  const fit = () => {
    if (view.scale > 1.01) return; // zoomed in: leave the layout as it is
    document.documentElement.style.setProperty("--view-height", `${Math.round(view.height)}px`);
  };
  view.addEventListener("resize", fit);
  fit();
}
