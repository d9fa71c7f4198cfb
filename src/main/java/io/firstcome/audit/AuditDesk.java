package io.firstcome.audit;

import io.firstcome.ledger.AggregateType;
import io.firstcome.recovery.Loaders;
import io.firstcome.work.Permits;
import io.firstcome.work.Throttle;
import io.quarkus.arc.All;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jboss.logging.Logger;

/** Audits, repairs and recoveries that an operator asks for. */
@ApplicationScoped
public class AuditDesk {

  private static final Logger LOG = Logger.getLogger(AuditDesk.class);

  /** Each may read millions of claims. */
  private static final int AT_ONCE = 2;

  private final AuditConfig config;
  private final AuditStore store;
  private final AuditBook book;
  private final List<StoreAudit<?>> audits;
  private final List<RepairPlan<?>> repairs;
  private final Loaders loaders;
  private final Permits few =
      new Permits(
          AT_ONCE,
          "This replica is running its maximum number of audits. Retry after 'Retry-After' seconds.");

  AuditDesk(
      AuditConfig config,
      AuditStore store,
      AuditBook book,
      @All List<StoreAudit<?>> audits,
      @All List<RepairPlan<?>> repairs,
      Loaders loaders) {
    this.config = config;
    this.store = store;
    this.book = book;
    this.audits = audits;
    this.repairs = repairs;
    this.loaders = loaders;
  }

  /**
   * What a repair did, and what there is to find after it.
   *
   * @param steps empty where nothing could be repaired, or had to be
   */
  @Schema(name = "AuditRepair")
  public record Repaired(List<Repairs.Step> steps, Report after) {}

  /** Audits an instance now. It blocks. */
  public Report audit(AggregateType type, String id) {
    String tag = type.tag(id);
    StoreAudit<?> audit =
        audits.stream().filter(one -> one.type().equals(type)).findFirst().orElseThrow();
    return audit(tag, pace -> audit.audit(tag, pace));
  }

  /**
   * The same, for an audit that shows more than its report.
   *
   * @param look in the end by {@link StoreAudit#audit}
   */
  public Report audit(String tag, Function<Throttle, Findings> look) {
    return few.run(() -> told(tag, look.apply(pace())));
  }

  /** Repairs what can be, and audits. It blocks. */
  public Repaired repair(AggregateType type, String id) {
    String tag = type.tag(id);
    RepairPlan<?> plan =
        repairs.stream().filter(one -> one.type().equals(type)).findFirst().orElseThrow();
    return few.run(
        () -> {
          List<Repairs.Step> steps = plan.run(tag, pace()).steps();
          steps.forEach(
              step ->
                  LOG.infof(
                      "Repaired %s: %s, %d: %s", tag, step.what(), step.count(), step.done()));
          return new Repaired(steps, told(tag, plan.audit(tag, pace())));
        });
  }

  /** What happens by itself when Redis was restarted or failed over. */
  public Uni<Void> recover(AggregateType type, String id) {
    return loaders
        .parts(type, id)
        .onItem()
        .transformToMulti(parts -> Multi.createFrom().iterable(parts))
        .onItem()
        .transformToUniAndConcatenate(loaders.of(type)::recover)
        .toUni();
  }

  private Report told(String tag, Findings found) {
    Report report = found.report(tag);
    store.keep(report);
    book.audited(report);
    return report;
  }

  /** Somebody waits: without a rest. */
  private Throttle pace() {
    return new Throttle(config.chunk(), Duration.ZERO);
  }
}
