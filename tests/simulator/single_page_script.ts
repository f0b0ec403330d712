/**
 * Makes links between HighLevel pages change the address without a reload, since HighLevel is a single-page app: an
 * extension that waits for page loads would miss them. Links to the authorization page load as usual.
 */
export const SINGLE_PAGE_SCRIPT = `
async function show(href) {
  const answer = await fetch(href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.title = page.title;
  document.body.replaceWith(page.body);
  dispatchEvent(new CustomEvent("routeLoaded"));
  dispatchEvent(new CustomEvent("routeChangeEvent"));
}
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || link.pathname.includes("chooselocation")) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  show(link.href);
});
addEventListener("popstate", () => show(location.href));
`;
