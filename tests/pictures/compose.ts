/** A page and the popup over it, where the browser shows it: under the toolbar, at the right. */

/** Images are PNG in base64. */
export function compose({ pageImage, popupImage }: { pageImage: string; popupImage: string }): string {
  return `<!doctype html>
<style>
  body { margin: 0; overflow: hidden; }
  .page { display: block; width: 1280px; }
  .popup {
    position: absolute; top: 12px; right: 32px; border-radius: 12px;
    box-shadow: 0 0 0 1px rgb(128 128 128 / 45%), 0 12px 32px rgb(0 0 0 / 30%);
  }
</style>
<img class="page" alt="" src="data:image/png;base64,${pageImage}">
<img class="popup" alt="" src="data:image/png;base64,${popupImage}">`;
}
