package io.firstcome.ratelimit;

/**
 * The header in which a proxy says for whom it asks. One of the two: a proxy that writes the one
 * lets the other pass as the client wrote it.
 */
enum ForwardedBy {
  X_FORWARDED_FOR("X-Forwarded-For"),
  /**
   * @see <a href="https://www.rfc-editor.org/rfc/rfc7239">RFC 7239</a>
   */
  FORWARDED("Forwarded");

  final String header;

  ForwardedBy(String header) {
    this.header = header;
  }
}
