package io.firstcome.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a request changes, by its method and its path.
 *
 * @param type of the thing: coupon, series, sale, item, queue, event, ledger, order, wallet, user
 * @param subject its id; of an item that of the sale, a slash and its own; null: told by the
 *     response, or for nobody to keep
 * @param action what is done: create, change, pause, …
 */
public record Change(String type, String subject, String action) {

  static final String CREATE = "create";

  private static final int FIRST = 2;

  private static final Map<String, String> TYPES =
      Map.of(
          "coupons", "coupon",
          "sales", "sale",
          "items", "item",
          "queues", "queue",
          "events", "event",
          "ledgers", "ledger",
          "orders", "order",
          "wallets", "wallet",
          "users", "user");

  private static final Map<String, String> BY_METHOD =
      Map.of("PATCH", "change", "POST", "add", "PUT", "add", "DELETE", "remove");

  /**
   * Reads a path below {@code /api/v1/}: collections and ids in turn, and at last what is done, or
   * what it is done to.
   */
  public static Change of(String method, String path) {
    List<String> words = new ArrayList<>(List.of(path.replaceAll("^/+", "").split("/")));
    words.subList(0, FIRST).clear();
    words.removeIf(word -> word.equals("admin") || word.equals("audit"));
    String type = TYPES.getOrDefault(words.get(0), words.get(0));
    if (words.size() == 1) {
      return new Change(type, null, CREATE);
    }
    String subject = words.get(1);
    List<String> rest = words.subList(2, words.size());
    if (!rest.isEmpty() && rest.get(0).equals("items")) {
      if (rest.size() == 1) {
        return new Change("item", subject + "/", CREATE);
      }
      type = "item";
      subject += "/" + rest.get(1);
      rest = rest.subList(2, rest.size());
    }
    if (type.equals("user")) {
      // Who was erased is to be known no more.
      return new Change(type, null, "erase");
    }
    if (type.equals("wallet")) {
      // The entry says whose wallet it is, until that user is erased.
      return new Change(type, null, "credit");
    }
    if (rest.isEmpty()) {
      return new Change(type, subject, BY_METHOD.get(method));
    }
    String last = rest.get(rest.size() - 1);
    boolean isVerb = !method.equals("PUT") && !method.equals("DELETE") && !last.equals("codes");
    return new Change(type, subject, isVerb ? last : last + "-" + BY_METHOD.get(method));
  }

  Change withSubject(String id) {
    return new Change(type, id, action);
  }
}
