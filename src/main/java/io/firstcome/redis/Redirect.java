package io.firstcome.redis;

import io.vertx.redis.client.impl.types.ErrorType;

/**
 * What a node of a cluster says instead of doing what it was asked. Nothing has run.
 *
 * @param slot -1 where it does not say
 * @param host empty: the host that was asked
 */
record Redirect(Kind kind, int slot, String host, int port) {

  enum Kind {
    /** The slot is elsewhere from now on. */
    MOVED,
    /** The key is elsewhere this once: its slot is on its way. */
    ASK,
    /** The slot is on its way, and some of the keys are here, some there. */
    TRYAGAIN
  }

  /** What this failure says, or null where it is none of these. */
  static Redirect of(Throwable e) {
    if (!(e instanceof ErrorType error)) {
      return null;
    }
    if (error.is("TRYAGAIN")) {
      return new Redirect(Kind.TRYAGAIN, -1, "", 0);
    }
    Kind kind = error.is("MOVED") ? Kind.MOVED : error.is("ASK") ? Kind.ASK : null;
    if (kind == null) {
      return null;
    }
    // MOVED 3999 127.0.0.1:6381
    String[] words = error.getMessage().trim().split(" ");
    int colon = words[2].lastIndexOf(':');
    return new Redirect(
        kind,
        Integer.parseInt(words[1]),
        words[2].substring(0, colon),
        Integer.parseInt(words[2].substring(colon + 1)));
  }

  /** The node that is to be asked, reached as the one that was asked. */
  String from(String asked) {
    return SlotMap.beside(asked, host, port);
  }
}
