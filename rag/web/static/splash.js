// Asks again until the chat answers; a moment without any server is nothing to show.
setInterval(async () => {
  try {
    const response = await fetch(location.href, { cache: "no-store" });
    if (response.status !== 503) location.reload();
  } catch { /* the chat is taking over the port */ }
}, 300);
