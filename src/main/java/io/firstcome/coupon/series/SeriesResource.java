package io.firstcome.coupon.series;

import io.firstcome.coupon.definition.NewCoupons;
import io.firstcome.coupon.series.Schedule.Drop;
import io.firstcome.coupon.series.SeriesTable.Stored;
import io.firstcome.coupon.series.SeriesView.DropView;
import io.firstcome.history.Recorder;
import io.firstcome.http.edge.Created;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Paging;
import io.firstcome.http.problem.Problem;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.NoCache;

/** Series: coupons that are made again and again by a template. */
@Path("/api/v1/series")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Series")
class SeriesResource {

  static final String PATH = "/api/v1/series/";

  private static final Instant END = Instant.parse("2199-12-31T00:00:00Z");

  private final SeriesTable series;
  private final SeriesMaker maker;
  private final OpenDrops open;
  private final NewCoupons coupons;
  private final Recorder recorder;

  SeriesResource(
      SeriesTable series,
      SeriesMaker maker,
      OpenDrops open,
      NewCoupons coupons,
      Recorder recorder) {
    this.series = series;
    this.maker = maker;
    this.open = open;
    this.coupons = coupons;
    this.recorder = recorder;
  }

  /**
   * A page of series.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  record SeriesPage(List<SeriesView> series, String next) {}

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Create a series",
      description =
          "201 if it was created; 200 if the same request created it earlier; 409 series-exists if"
              + " a different request did. Its drops are made ahead of their openings.")
  @APIResponse(
      responseCode = "201",
      description = "Created",
      content = @Content(schema = @Schema(implementation = SeriesView.class)))
  @APIResponse(
      responseCode = "200",
      description = "Created earlier by the same request",
      content = @Content(schema = @Schema(implementation = SeriesView.class)))
  public Uni<Response> create(@Valid @NotNull NewSeries request, @Context RoutingContext http) {
    Recorder.Recording recording = recorder.of(http.request());
    if (request.template().id() != null
        || request.template().opensAt() != null
        || request.template().closesAt() != null) {
      throw Problem.malformed("template", "must not have 'id', 'opensAt' or 'closesAt'")
          .asException();
    }
    request.schedule().check();
    Drop first = request.schedule().after(Instant.EPOCH, 1).get(0);
    Stored asStored =
        new Stored(request.id(), request.name(), request.template(), request.schedule(), false, "");
    return coupons
        .check(series.order(asStored, first))
        .chain(() -> series.create(request, recording))
        .invoke(() -> open.created(request.id()))
        .invoke(maker::wake)
        .flatMap(
            isNew ->
                series
                    .find(request.id())
                    .flatMap(stored -> view(stored, END, 100))
                    .map(view -> Created.response(isNew, PATH + request.id(), view)));
  }

  @GET
  @NoCache
  @PermitAll
  @Operation(
      summary = "List series",
      description = "Ordered by id, paginated; without their drops.")
  public Uni<SeriesPage> list(
      @QueryParam("after")
          @DefaultValue("")
          @Pattern(regexp = "|" + SeriesIds.ID, message = SeriesIds.MESSAGE)
          String after,
      @QueryParam("limit") @DefaultValue("50") @Min(1) @Max(100) int limit) {
    return series
        .page(after, limit)
        .flatMap(
            page ->
                Multi.createFrom()
                    .iterable(page)
                    .onItem()
                    .transformToUniAndConcatenate(stored -> view(stored, END, 0))
                    .collect()
                    .asList())
        .map(views -> new SeriesPage(views, Paging.next(views, limit, SeriesView::id)));
  }

  @GET
  @NoCache
  @Path("/{seriesId}")
  @PermitAll
  @Operation(
      summary = "Read a series",
      description =
          "The drop that is open, the next one, and those that were made, the latest first,"
              + " paginated.")
  public Uni<SeriesView> read(
      String seriesId,
      @QueryParam("before") @DefaultValue("2199-12-31T00:00:00Z") Instant before,
      @QueryParam("limit") @DefaultValue("100") @Min(1) @Max(1000) int limit) {
    SeriesIds.check(seriesId);
    return series.find(seriesId).flatMap(stored -> view(stored, before, limit));
  }

  @POST
  @Path("/{seriesId}/stop")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Stop a series",
      description = "No more drops are made. Those that were made are coupons like any other.")
  public Uni<SeriesView> stop(String seriesId, @Context RoutingContext http) {
    SeriesIds.check(seriesId);
    Recorder.Recording recording = recorder.of(http.request());
    return series
        .find(seriesId)
        .chain(() -> series.stop(seriesId, recording))
        .chain(() -> series.find(seriesId))
        .flatMap(stored -> view(stored, END, 100));
  }

  private Uni<SeriesView> view(Stored stored, Instant before, int limit) {
    Instant now = Instant.now();
    Uni<List<DropView>> drops =
        limit == 0
            ? Uni.createFrom().<List<DropView>>nullItem()
            : series.drops(stored.id(), before, limit);
    return Uni.combine()
        .all()
        .unis(series.around(stored.id(), now), drops.onItem().ifNull().continueWith(List.of()))
        .with(
            (around, made) ->
                new SeriesView(
                    stored.id(),
                    stored.name(),
                    stored.isStopped(),
                    stored.template(),
                    stored.schedule(),
                    around.get(0),
                    around.get(1) == null ? planned(stored, now) : around.get(1),
                    limit == 0 ? null : made,
                    limit == 0 || made.size() < limit
                        ? null
                        : made.get(made.size() - 1).opensAt()));
  }

  /** The next drop where it is not made yet. */
  private static DropView planned(Stored stored, Instant now) {
    List<Drop> next = stored.isStopped() ? List.of() : stored.schedule().after(now, 1);
    return next.isEmpty()
        ? null
        : new DropView(
            stored.couponId(next.get(0)),
            next.get(0).opensAt(),
            next.get(0).closesAt(),
            DropView.State.PLANNED);
  }
}
