package io.firstcome.queue.entry;

import java.util.Locale;

/** What moves an entry on request. */
enum EntryMove {
  ENTER,
  COMPLETE,
  NO_SHOW,
  LEAVE;

  /** As {@code queue-move.lua} takes it. */
  String slug() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
