package io.firstcome.http.input;

/** The rule of names and reasons: text that any store, log and page can show. */
public final class PlainText {

  /** The longest, in characters. */
  public static final int MAX_LENGTH = 200;

  // \p{Cntrl} would let C1 pass; half a character (Cs) would be stored as a question mark.
  public static final String PATTERN = "[^\\p{Cc}\\p{Cs}]*";

  /** What to tell whoever broke the rule. */
  public static final String MESSAGE = "must not contain control characters or unpaired surrogates";

  /** At least one character that is no blank; for what may be absent, unlike {@code @NotBlank}. */
  public static final String NOT_BLANK = "(?s).*\\S.*";

  /** What to tell whoever sent blanks alone. */
  public static final String BLANK = "must not be blank";

  private PlainText() {}
}
