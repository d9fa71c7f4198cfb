package io.firstcome.http.input;

import io.firstcome.http.problem.Problem;
import java.util.Currency;

/** The rules of amounts: whole minor units of a currency, so that nothing is ever rounded. */
public final class Money {

  /** The most one request can move, in minor units. */
  public static final long MAX_AMOUNT = 1_000_000_000_000L;

  /** The most a wallet can hold, in minor units. */
  public static final long MAX_BALANCE = 1_000_000_000_000_000L;

  /** For bean validation; that there is such a currency is for {@link #checkCurrency}. */
  public static final String CURRENCY = "[A-Z]{3}";

  /** What to tell whoever broke the rule. */
  public static final String CURRENCY_MESSAGE = "must be a currency code of ISO 4217, as EUR";

  private Money() {}

  /** Refuses what is no currency. */
  public static void checkCurrency(String currency) {
    try {
      Currency.getInstance(currency);
    } catch (IllegalArgumentException e) {
      throw Problem.malformed("currency", CURRENCY_MESSAGE).asException();
    }
  }
}
