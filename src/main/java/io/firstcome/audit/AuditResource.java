package io.firstcome.audit;

import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Ids;
import io.firstcome.ledger.LedgerDirectory;
import io.quarkus.arc.All;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What the standing audit found last, of all coupons, sales and events. */
@Path("/api/v1/admin")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Audit")
@RolesAllowed(Roles.OPERATOR)
class AuditResource {

  private static final int AT_ONCE = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final List<LedgerDirectory> directories;
  private final AuditStore store;

  AuditResource(@All List<LedgerDirectory> directories, AuditStore store) {
    this.directories = directories;
    this.store = store;
  }

  /**
   * A page of reports, in order of the ledgers.
   *
   * @param looked at so many ledgers; those never audited, or not for a day, have no report
   * @param next ask for what comes after this one, or null: this was the last page
   */
  @Schema(name = "AuditReports")
  record Reports(
      List<Report> reports,
      @Schema(examples = "100") int looked,
      @Schema(examples = "coupon-2025") String next) {}

  @GET
  @RolesAllowed({Roles.AUDITOR, Roles.OPERATOR})
  @Path("audit")
  @Blocking
  @Operation(
      summary = "List the latest audit reports",
      description =
          "The latest report of each coupon, sale and event audited within the last day, paginated."
              + " Open coupons, sales and events are audited every firstcome.audit.interval.")
  public Reports reports(
      @QueryParam("after") @Pattern(regexp = Ids.LEDGER, message = Ids.LEDGER_MESSAGE) String after,
      @QueryParam("findings") @DefaultValue("false") boolean findingsOnly,
      @QueryParam("limit") @DefaultValue("100") @Min(1) @Max(1000) int limit) {
    TreeSet<String> tags = new TreeSet<>();
    for (LedgerDirectory directory : directories) {
      tags.addAll(directory.page(after == null ? "" : after, limit));
    }
    List<String> page = tags.stream().limit(limit).toList();
    List<Report> reports =
        Multi.createFrom()
            .iterable(page)
            .onItem()
            .transformToUni(store::read)
            .merge(AT_ONCE)
            .filter(report -> !findingsOnly || !report.clean())
            .collect()
            .asList()
            .await()
            .atMost(PATIENCE)
            .stream()
            .sorted((a, b) -> a.ledger().compareTo(b.ledger()))
            .toList();
    return new Reports(
        reports, page.size(), page.size() < limit ? null : page.get(page.size() - 1));
  }
}
