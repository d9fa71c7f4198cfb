package io.firstcome.coupon.definition;

import io.firstcome.coupon.change.CouponArchiver;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.coupon.model.NewCoupon;
import io.firstcome.history.Recorded;
import io.firstcome.history.Recorder;
import io.firstcome.http.edge.Created;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.Instants;
import io.firstcome.http.input.PlainText;
import io.firstcome.lifecycle.Status;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.NoCache;

/** Coupons: defined by the operator, read by all. */
@Path("/api/v1/coupons")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Coupons")
public class CouponResource {

  public static final String PATH = "/api/v1/coupons/";

  private final Recorder recorder;
  private final Definitions definitions;
  private final CouponViews views;
  private final NewCoupons coupons;
  private final CouponArchiver archiver;

  CouponResource(
      Definitions definitions,
      CouponViews views,
      NewCoupons coupons,
      CouponArchiver archiver,
      Recorder recorder) {
    this.archiver = archiver;
    this.recorder = recorder;
    this.definitions = definitions;
    this.views = views;
    this.coupons = coupons;
  }

  /**
   * A page of coupons.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  record CouponPage(List<CouponView> coupons, String next) {}

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Create a coupon",
      description =
          "201 if it was created; 200 if the same request created it earlier; 409"
              + " coupon-exists if a different request did.")
  @APIResponse(
      responseCode = "201",
      description = "Created",
      content = @Content(schema = @Schema(implementation = CouponView.class)))
  @APIResponse(
      responseCode = "200",
      description = "Created earlier by the same request",
      content = @Content(schema = @Schema(implementation = CouponView.class)))
  public Uni<Response> create(@Valid @NotNull NewCoupon request, @Context RoutingContext http) {
    return create(request, recorder.of(http.request()));
  }

  private Uni<Response> create(NewCoupon request, Recorder.Recording recording) {
    return coupons
        .check(request)
        .chain(
            () ->
                definitions.create(
                    request, (session, view) -> recording.write(session, null, view)))
        .invoke(
            created -> {
              if (created.isNew()) {
                recording.committed();
              }
            })
        .map(
            created ->
                Created.response(created.isNew(), PATH + created.coupon().id(), created.coupon()));
  }

  @GET
  @NoCache
  @PermitAll
  @Operation(
      summary = "List coupons",
      description =
          "Ordered by id, paginated. With a filter a page may be short, or empty, while 'next' is"
              + " not null: each looks at 500 coupons at most. Filters read the definition in"
              + " MySQL.")
  public Uni<CouponPage> list(
      @QueryParam("after")
          @DefaultValue("")
          @Pattern(regexp = "|" + Ids.COUPON, message = Ids.COUPON_MESSAGE)
          String after,
      @QueryParam("limit") @DefaultValue("50") @Min(1) @Max(100) int limit,
      @Parameter(
              description =
                  "true: only rehearsals; false: only coupons that are not rehearsals; omitted:"
                      + " all")
          @QueryParam("rehearsal")
          Boolean rehearsal,
      @Parameter(description = "true: only archived coupons; false: only the others")
          @QueryParam("archived")
          @DefaultValue("false")
          Boolean archived,
      @Parameter(description = "By status and window; OPEN also has coupons that are sold out")
          @QueryParam("state")
          @Pattern(regexp = CouponFilter.STATES, message = "must be one of " + CouponFilter.STATES)
          String state,
      @QueryParam("policy")
          @Pattern(
              regexp = CouponFilter.POLICIES,
              message = "must be one of " + CouponFilter.POLICIES)
          String policy,
      @Parameter(description = "What the id or the name begins with")
          @QueryParam("text")
          @Size(min = 1, max = PlainText.MAX_LENGTH)
          @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
          String text,
      @Parameter(description = "Opens then or later")
          @QueryParam("opensFrom")
          @Pattern(regexp = Instants.PATTERN, message = Instants.MESSAGE)
          String opensFrom,
      @Parameter(description = "Opens before")
          @QueryParam("opensBefore")
          @Pattern(regexp = Instants.PATTERN, message = Instants.MESSAGE)
          String opensBefore) {
    return definitions
        .list(
            after,
            limit,
            rehearsal,
            archived,
            CouponFilter.of(
                state,
                policy,
                text,
                Instants.of("opensFrom", opensFrom),
                Instants.of("opensBefore", opensBefore)))
        .map(page -> new CouponPage(page.coupons(), page.next()));
  }

  @POST
  @Recorded
  @Path("/{couponId}/archive")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Archive a coupon",
      description =
          "For a coupon that is closed or past its end: lists leave it out, and it leaves Redis at"
              + " once. It is still read by its id, and holders keep their claims. Repeating it is"
              + " safe.")
  public Uni<CouponView> archive(String couponId) {
    CouponRequests.checkId(couponId);
    return archiver.archive(couponId).chain(() -> views.of(couponId));
  }

  @POST
  @Path("/{couponId}/clone")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Clone a coupon",
      description =
          "Creates a coupon with the definition of this one and what the request changes of it."
              + " Users are not copied: an audience and a pool of codes are empty. Repeating it"
              + " with the same 'id' is safe.")
  @APIResponse(
      responseCode = "201",
      description = "Created",
      content = @Content(schema = @Schema(implementation = CouponView.class)))
  @APIResponse(
      responseCode = "200",
      description = "Created earlier by the same request",
      content = @Content(schema = @Schema(implementation = CouponView.class)))
  public Uni<Response> clone(
      String couponId, @Valid @NotNull CouponClone request, @Context RoutingContext http) {
    CouponRequests.checkId(couponId);
    Recorder.Recording recording = recorder.of(http.request());
    return definitions.clone(couponId, request).chain(order -> create(order, recording));
  }

  @GET
  @NoCache
  @Path("/{couponId}")
  @PermitAll
  @Operation(summary = "Read a coupon", description = "Its current state in Redis.")
  public Uni<CouponView> read(String couponId) {
    CouponRequests.checkId(couponId);
    return views.of(couponId);
  }

  @PATCH
  @Recorded
  @Path("/{couponId}")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Change a coupon",
      description =
          "Responds once the change is in MySQL. null removes 'opensAt', 'closesAt', 'eligibility',"
              + " 'eligibilityMessage', 'queue' and 'discount' and is 400 for the others. 409"
              + " quantity-below-issued if more units are issued than the new quantity.")
  public Uni<CouponView> change(String couponId, @Valid @NotNull CouponPatch patch) {
    CouponRequests.checkId(couponId);
    return coupons.check(patch).chain(() -> definitions.change(couponId, patch.fields()));
  }

  @POST
  @Recorded
  @Path("/{couponId}/pause")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(summary = "Pause a coupon", description = "Claims are refused until it is resumed.")
  public Uni<CouponView> pause(String couponId) {
    return change(couponId, Status.PAUSED);
  }

  @POST
  @Recorded
  @Path("/{couponId}/resume")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(summary = "Resume a paused coupon")
  public Uni<CouponView> resume(String couponId) {
    return change(couponId, Status.OPEN);
  }

  @POST
  @Recorded
  @Path("/{couponId}/close")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Close a coupon permanently",
      description =
          "Holders keep their claims and can read them. A closed coupon cannot be reopened.")
  public Uni<CouponView> close(String couponId) {
    return change(couponId, Status.CLOSED);
  }

  private Uni<CouponView> change(String couponId, Status status) {
    CouponRequests.checkId(couponId);
    return definitions.change(couponId, status);
  }
}
