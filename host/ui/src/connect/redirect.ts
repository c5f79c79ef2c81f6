// Leaves for the channel. The host only gives registered addresses; anything but http(s) is still not followed.
export function goTo(address: string): void {
  const url = new URL(address, location.href);
  if (url.protocol === "https:" || url.protocol === "http:") location.assign(url);
}
