package io.firstcome.audit;

import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What a repair does, step by step. Used by one thread. */
public final class Repairs {

  /**
   * A step that changed something.
   *
   * @param what the findings it was for
   * @param count how many claims, reservations, items or dead letters it changed
   */
  @Schema(name = "AuditRepairStep")
  public record Step(
      @Schema(examples = "missing-in-mysql") String what,
      @Schema(examples = "3") long count,
      @Schema(examples = "Appended to the ledger again") String done) {}

  private final List<Step> steps = new ArrayList<>();

  /** Something was done; nothing is kept of what changed nothing. */
  public void did(FindingType kind, long count, String done) {
    if (count > 0) {
      steps.add(new Step(kind.slug(), count, done));
    }
  }

  /** What was done to a part of it. */
  public void addAll(Repairs others) {
    steps.addAll(others.steps);
  }

  List<Step> steps() {
    return List.copyOf(steps);
  }
}
