/** The URL without a password in it, for messages. A user that stands alone is a token, and hidden, too. */
export function shownUrl(url: string): string {
  const shown = new URL(url);
  if (shown.password !== "") shown.password = "***";
  else if (shown.username !== "") shown.username = "***";
  return shown.href;
}

/** Text that may be no URL, in quotes for a message, without what may be a login in it. */
export function shownText(text: string): string {
  return JSON.stringify(text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/?#\s]*@/i, "$1***@"));
}
