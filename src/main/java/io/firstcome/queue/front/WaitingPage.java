package io.firstcome.queue.front;

import io.firstcome.queue.model.Entry;
import java.time.Instant;

/** A page that asks again by itself, without a script. It has nothing that a visitor sent. */
final class WaitingPage {

  /** Nothing is loaded or run, and nobody frames it. */
  static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

  static final String TYPE = "text/html; charset=utf-8";

  private WaitingPage() {}

  /** Of somebody who waits. */
  static String waiting(Entry entry, int againSeconds, String again) {
    String place =
        entry.ahead() < 0
            ? "The queue has not opened yet. Your place will be drawn when it opens."
            : entry.ahead() == 0
                ? "You are next."
                : entry.ahead() == 1
                    ? "One visitor is ahead of you."
                    : entry.ahead() + " visitors are ahead of you.";
    return page(
        "You are in the queue",
        "<p role=\"status\">" + place + "</p><p>Keep this page open: it lets you in by itself.</p>",
        againSeconds,
        again);
  }

  /** Of somebody who cannot join now. */
  static String unavailable(int againSeconds, String again) {
    return page(
        "One moment, please",
        "<p role=\"status\">The queue cannot be reached. Your place is kept.</p>"
            + "<p>Keep this page open: it tries again by itself.</p>",
        againSeconds,
        again);
  }

  /** Of somebody who is not let in. */
  static String refused(String why) {
    return page("The queue does not let you in", "<p role=\"status\">" + why + "</p>", 0, "");
  }

  private static String page(String title, String body, int againSeconds, String again) {
    String refresh =
        againSeconds == 0
            ? ""
            : "<meta http-equiv=\"refresh\" content=\"" + againSeconds + ";url=" + again + "\">";
    return "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
        + refresh
        + "<title>"
        + title
        + "</title><style>body{font:1.25rem/1.5 system-ui,sans-serif;max-width:32rem;"
        + "margin:15vh auto;padding:0 1rem}</style></head><body><main><h1>"
        + title
        + "</h1>"
        + body
        + (againSeconds == 0 ? "" : "<p><a href=\"" + again + "\">Ask now</a></p>")
        + "<p><small>"
        + Instant.now().toString().substring(0, 19)
        + " UTC</small></p></main></body></html>";
  }
}
