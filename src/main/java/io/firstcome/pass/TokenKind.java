package io.firstcome.pass;

/**
 * What a token that is signed here is. Each kind has keys of its own, derived from the secrets, and
 * says what it is in its header, so that none can stand for another.
 */
enum TokenKind {
  /** Lets in who holds it. */
  PASS("fc-pass+jwt"),
  /** Where a visitor goes once let in. */
  RETURN("fc-return+jwt");

  private final String type;

  TokenKind(String type) {
    this.type = type;
  }

  /** The header {@code typ}. */
  String type() {
    return type;
  }

  /** What its keys are derived by. */
  String label() {
    return "firstcome/" + type;
  }
}
