package io.firstcome.ledger.outbox;

import java.util.List;

/**
 * Reads the outbox; a CDI bean. What appliers write is kept for it from the moment the first
 * replica has this bean, and what a replica without it writes is not.
 */
public interface OutboxSubscriber {

  /** Comes before the name where rows are stored that it refused. */
  String ASIDE = "aside:";

  /** By which its rows are stored: at most 26 ASCII characters, never to be changed. */
  String name();

  /**
   * Takes rows, those of each ledger in the order in which they were applied. It blocks, for less
   * time than {@code firstcome.outbox.lease}. Rows are deleted after it returned; where it throws,
   * or its replica ends before that, the same rows are handed over again, maybe on another replica.
   * A row that it refuses again and again, while it takes others, is put aside.
   *
   * <p>A row of the kind {@link OutboxRow#HOLE} stands where rows of its ledger were dropped
   * because there was no room.
   */
  void take(List<OutboxRow> rows);
}
