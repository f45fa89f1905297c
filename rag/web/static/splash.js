// Polls until the chat answers. While no server is listening, the page stays as it is.
setInterval(async () => {
  try {
    const response = await fetch(location.href, { cache: "no-store" });
    if (response.status !== 503) location.reload();
  } catch { /* the chat is taking over the port */ }
}, 300);
