package io.firstcome.queue.model;

import java.util.Arrays;
import java.util.List;

/** What an entry is. It goes from left to right and never back; the last three are final. */
public enum EntryState {
  WAITING('W', "joined", "joined_at"),
  CALLED('C', "called", "called_at"),
  INSIDE('I', "entered", "entered_at"),
  COMPLETED('D', "completed", "ended_at"),
  NO_SHOW('N', "no-show", "ended_at"),
  LEFT('L', "left", "ended_at");

  private final char letter;
  private final String move;
  private final String column;

  EntryState(char letter, String move, String column) {
    this.letter = letter;
    this.move = move;
    this.column = column;
  }

  /** In Redis and in the ledger. */
  public char letter() {
    return letter;
  }

  /** The name of the move that leads here, in metrics. */
  public String move() {
    return move;
  }

  /** The column with the time of the move that leads here. */
  public String column() {
    return column;
  }

  public boolean isFinal() {
    return ordinal() >= COMPLETED.ordinal();
  }

  /** Whether an entry in this state has been in another one, or may have been. */
  public boolean covers(EntryState other) {
    return this == other || !other.isFinal() && ordinal() > other.ordinal();
  }

  /** The states from which this one is reached. */
  public List<EntryState> before() {
    return Arrays.stream(values())
        .filter(one -> !one.isFinal() && one.ordinal() < ordinal())
        .toList();
  }

  /**
   * The state of a letter.
   *
   * @throws IllegalArgumentException where there is none
   */
  public static EntryState of(char letter) {
    return Arrays.stream(values())
        .filter(state -> state.letter == letter)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No state " + letter));
  }
}
