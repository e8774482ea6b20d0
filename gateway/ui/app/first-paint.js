// The chosen theme, before anything is drawn. A plain script, since modules run after the first paint.
try {
  const theme = localStorage.getItem("groundling.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // The system's theme, then.
}
