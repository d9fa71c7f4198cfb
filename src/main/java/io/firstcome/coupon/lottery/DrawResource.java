package io.firstcome.coupon.lottery;

import io.firstcome.coupon.lottery.Drawing.Settled;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.coupon.model.Draw.Fallback;
import io.firstcome.coupon.model.Draw.State;
import io.firstcome.history.Recorder;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Commitment;
import io.firstcome.http.input.Paging;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.work.Permits;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.ext.web.RoutingContext;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.NoCache;

/** The draw of a lottery: everybody can verify it. */
@Path("/api/v1/coupons/{couponId}/draw")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Lotteries")
class DrawResource {

  private static final String DRAW =
      "SELECT * FROM draw WHERE coupon_id = ? ORDER BY number DESC LIMIT 1";

  private static final String PAGE =
      "SELECT e.number, e.entry, e.tickets, w.place FROM draw_entry e LEFT JOIN draw_winner w"
          + " ON ? AND w.coupon_id = e.coupon_id AND w.draw = e.draw AND w.number = e.number"
          + " WHERE e.coupon_id = ? AND e.draw = ? AND e.number > ? ORDER BY e.number LIMIT ?";

  /** Everybody may read large pages: so many take neither all of MySQL nor an event loop. */
  private static final int READS_AT_ONCE = 8;

  private final Permits reads =
      new Permits(
          READS_AT_ONCE,
          "Too many pages of draws are being read. Retry after 'Retry-After' seconds.");
  private final Lotteries lotteries;
  private final Drawing drawing;
  private final DrawWorker worker;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final Recorder recorder;

  DrawResource(
      Lotteries lotteries,
      Drawing drawing,
      DrawWorker worker,
      Pool mysql,
      MySqlCalls calls,
      Recorder recorder) {
    this.lotteries = lotteries;
    this.drawing = drawing;
    this.worker = worker;
    this.mysql = mysql;
    this.calls = calls;
    this.recorder = recorder;
  }

  @GET
  @NoCache
  @PermitAll
  @Operation(
      summary = "Read the draw of a lottery",
      description =
          "The commitment from the creation on, the entries and their root from the freeze on, and"
              + " secret, seed, cut-off and winners once it is drawn. The entries are paginated.")
  public Uni<DrawView> read(
      String couponId,
      @QueryParam("after") @DefaultValue("0") @Min(0) long after,
      @QueryParam("limit") @DefaultValue("1000") @Min(1) @Max(5000) int limit) {
    CouponRequests.checkId(couponId);
    return lotteries.of(couponId).chain(() -> reads.during(() -> view(couponId, after, limit)));
  }

  @POST
  @Path("/public-value")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Enter the public value of a draw",
      description =
          "Once, after the entries are frozen; the draw follows at once. The same value again is"
              + " 200.")
  public Uni<DrawView> publicValue(
      String couponId, @Valid @NotNull NewPublicValue request, @Context RoutingContext http) {
    CouponRequests.checkId(couponId);
    String value = request.value();
    Recorder.Recording recording = recorder.of(http.request());
    return lotteries
        .of(couponId)
        .chain(
            lottery ->
                calls.explained(
                    Uni.createFrom()
                        .item(
                            () ->
                                drawing.publicValue(
                                    couponId,
                                    lottery.draw(),
                                    request.name(),
                                    value,
                                    tx -> recording.write(tx, null, Map.of("publicValue", value))))
                        .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())))
        .invoke(settled -> check(settled, value))
        .invoke(worker::wake)
        .chain(() -> view(couponId, 0, 1));
  }

  private static void check(Settled settled, String value) {
    if (!settled.isNamed()) {
      throw Problem.malformed(
              "name",
              "this lottery was created without a public value, or with one of another name")
          .asException();
    }
    if (!value.equals(settled.value())) {
      throw Problem.of(ProblemType.DRAW_NOT_FROZEN).asException();
    }
  }

  private Uni<DrawView> view(String couponId, long after, int limit) {
    return calls
        .bounded(mysql.preparedQuery(DRAW).execute(Tuple.of(couponId)))
        .map(rows -> rows.iterator().next())
        .flatMap(
            draw -> {
              State state = State.ofStored(draw.getString("state"));
              if (state == State.ENTERING || state == State.FREEZING) {
                return Uni.createFrom().item(view(draw, state, null, null));
              }
              return calls
                  .bounded(
                      mysql
                          .preparedQuery(PAGE)
                          .execute(
                              Tuple.of(
                                  state == State.DRAWN,
                                  couponId,
                                  draw.getInteger("number"),
                                  after,
                                  limit)))
                  .map(
                      rows -> {
                        List<DrawView.Entry> page = new ArrayList<>(rows.size());
                        for (Row row : rows) {
                          page.add(
                              new DrawView.Entry(
                                  row.getLong(0),
                                  row.getString(1),
                                  row.getInteger(2),
                                  row.getLong(3)));
                        }
                        return view(
                            draw, state, page, Paging.next(page, limit, DrawView.Entry::number));
                      });
            });
  }

  private static DrawView view(Row draw, State state, List<DrawView.Entry> page, Long next) {
    boolean isOver = state == State.DRAWN || state == State.CANCELLED;
    String secret = draw.getString("secret");
    String fallback = draw.getString("fallback");
    String publicValue = draw.getString("public_value");
    String cutOff = draw.getString("cut_off");
    return new DrawView(
        draw.getString("coupon_id"),
        draw.getInteger("number"),
        state,
        Commitment.to(secret),
        draw.getString("public_name"),
        fallback == null ? null : Fallback.ofStored(fallback),
        draw.getLong("within_seconds"),
        Micros.toInstant(draw.getLocalDateTime("frozen_at")),
        page == null ? null : draw.getLong("entries"),
        draw.getString("root"),
        publicValue,
        Micros.toInstant(draw.getLocalDateTime("settled_at")),
        isOver ? secret : null,
        state == State.DRAWN ? DrawRules.seed(secret, publicValue) : null,
        draw.getLong("units"),
        draw.getLong("winners"),
        cutOff == null || cutOff.isEmpty() ? null : cutOff,
        Micros.toInstant(draw.getLocalDateTime("drawn_at")),
        page,
        next);
  }
}
