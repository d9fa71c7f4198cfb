package io.firstcome.coupon.claim;

import io.firstcome.coupon.definition.CouponResource;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Entered;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.model.ClaimResult.Waiting;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.coupon.model.LotteryEntry;
import io.firstcome.coupon.model.NewCoupon;
import io.firstcome.coupon.model.Ticket;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.decision.FastPath;
import io.firstcome.http.identity.Caller;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Paging;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.pass.Passes;
import io.firstcome.ratelimit.RateLimits;
import io.quarkus.security.Authenticated;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Claims of a coupon: taken by users, each for themselves. */
@Path("/api/v1/coupons/{couponId}/claims")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Claims")
class ClaimResource {

  /** What the description says of 202 where a unit is claimed. */
  static final String ACCEPTED =
      "The user waits for a unit, was offered one, or was issued one that is to be handed out:"
          + " 'Location' is the ticket. Of a lottery: entered, now or earlier; the entry is the"
          + " receipt";

  private final Claims claims;
  private final CouponReader coupons;
  private final ClaimPages pages;
  private final ClaimCheck check;
  private final CurrentUser user;
  private final RateLimits limits;

  ClaimResource(
      Claims claims,
      CouponReader coupons,
      ClaimPages pages,
      ClaimCheck check,
      CurrentUser user,
      RateLimits limits) {
    this.claims = claims;
    this.coupons = coupons;
    this.pages = pages;
    this.check = check;
    this.user = user;
    this.limits = limits;
  }

  /**
   * A page of claims in order of their sequence.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  record ClaimPage(List<Claim> claims, Long next) {}

  @POST
  @Authenticated
  @Operation(
      summary = "Claim a unit, or several",
      description =
          "Retrying is safe, since 'units' is how many the user wants to hold in all: the units"
              + " that are missing are issued, all of them or none.")
  @APIResponse(
      responseCode = "201",
      description = "Issued",
      content = @Content(schema = @Schema(implementation = Claim.class)))
  @APIResponse(
      responseCode = "202",
      description = ACCEPTED,
      content = @Content(schema = @Schema(oneOf = {Ticket.class, LotteryEntry.class})))
  @Parameter(
      name = Passes.HEADER,
      in = ParameterIn.HEADER,
      description = "The pass of a queue, where the coupon demands one",
      schema = @Schema(type = SchemaType.STRING))
  public Uni<Response> claim(
      String couponId,
      @QueryParam("units")
          @DefaultValue("1")
          @Min(1)
          @Max(NewCoupon.MAX_PER_USER)
          @Parameter(description = "How many units the user wants to hold in all")
          int units,
      @Context RoutingContext request) {
    CouponRequests.checkId(couponId);
    Caller caller = user.caller();
    return limits
        .pass(request.request(), caller.getName())
        .chain(
            () -> {
              FastPath.counted(request);
              return claims.claim(
                  couponId, caller, units, queueId -> Passes.of(request.request(), queueId));
            })
        .map(ClaimResource::posted);
  }

  @PUT
  @Path("/{userId}")
  @Authenticated
  @Operation(
      summary = "Claim a unit, or several, for clients that retry automatically",
      description =
          "201 when units are issued, then always 200 with the identical claim. 'units' is how many"
              + " the user wants to hold in all.")
  @APIResponse(
      responseCode = "201",
      description = "Issued",
      content = @Content(schema = @Schema(implementation = Claim.class)))
  @APIResponse(
      responseCode = "200",
      description = "Issued earlier: the identical claim",
      content = @Content(schema = @Schema(implementation = Claim.class)))
  @APIResponse(
      responseCode = "202",
      description = ACCEPTED,
      content = @Content(schema = @Schema(oneOf = {Ticket.class, LotteryEntry.class})))
  @Parameter(
      name = Passes.HEADER,
      in = ParameterIn.HEADER,
      description = "The pass of a queue, where the coupon demands one",
      schema = @Schema(type = SchemaType.STRING))
  public Uni<Response> claim(
      String couponId,
      String userId,
      @QueryParam("units")
          @DefaultValue("1")
          @Min(1)
          @Max(NewCoupon.MAX_PER_USER)
          @Parameter(description = "How many units the user wants to hold in all")
          int units,
      @Context RoutingContext request) {
    CouponRequests.checkId(couponId);
    CouponRequests.checkUser(userId);
    if (!user.is(userId)) {
      return forbidden();
    }
    Caller caller = user.caller();
    return limits
        .pass(request.request(), userId)
        .chain(
            () ->
                claims.claim(
                    couponId, caller, units, queueId -> Passes.of(request.request(), queueId)))
        .map(ClaimResource::response);
  }

  @GET
  @Path("/{userId}")
  @Authenticated
  @Operation(
      summary = "Read a claim",
      description =
          "Users read their own claim, with its codes; operators read any claim, without codes.")
  @APIResponse(
      responseCode = "200",
      description = "The claim",
      content = @Content(schema = @Schema(implementation = Claim.class)))
  public Uni<Response> read(String couponId, String userId) {
    CouponRequests.checkId(couponId);
    CouponRequests.checkUser(userId);
    // Before anything is looked up, so that nobody learns whether another user holds a claim.
    boolean own = user.is(userId);
    if (!own && !user.readsAll()) {
      return forbidden();
    }
    return (own ? coupons.findOwn(couponId, userId) : coupons.find(couponId, userId))
        .map(
            claim ->
                claim == null
                    ? Problem.of(ProblemType.NO_CLAIM).toResponse()
                    : Response.ok(claim).build());
  }

  @GET
  @Path("/{userId}/check")
  @Authenticated
  @Operation(
      summary = "Check what a claim would get",
      description =
          "What a claim of one unit would get now, and why; nothing is changed. Users check for"
              + " themselves; operators for any user.")
  @Parameter(
      name = Passes.HEADER,
      in = ParameterIn.HEADER,
      description = "The pass of a queue, where the coupon demands one",
      schema = @Schema(type = SchemaType.STRING))
  public Uni<ClaimCheck.Result> check(
      String couponId, String userId, @Context RoutingContext request) {
    CouponRequests.checkId(couponId);
    CouponRequests.checkUser(userId);
    boolean isOwn = user.is(userId);
    if (!isOwn && !user.readsAll()) {
      throw Problem.of(ProblemType.FORBIDDEN).asException();
    }
    return check.of(
        couponId,
        userId,
        isOwn ? user.caller() : null,
        queueId -> Passes.of(request.request(), queueId));
  }

  @GET
  @RolesAllowed({Roles.AUDITOR, Roles.OPERATOR})
  @Operation(
      summary = "List claims",
      description =
          "Unit by unit in order of issue, paginated. Reads MySQL, so claims still in the ledger"
              + " are missing.")
  public Uni<ClaimPage> list(
      String couponId,
      @QueryParam("after") @DefaultValue("0") @Min(0) long after,
      @QueryParam("limit") @DefaultValue("100") @Min(1) @Max(1000) int limit) {
    CouponRequests.checkId(couponId);
    return pages
        .page(couponId, after, limit)
        .map(page -> new ClaimPage(page, Paging.next(page, limit, Claim::sequence)));
  }

  /** To a POST: who holds a claim already has not got another. */
  static Response posted(ClaimResult result) {
    return result instanceof AlreadyClaimed already
        ? ClaimProblems.alreadyClaimed(already.claim()).toResponse()
        : response(result);
  }

  private static Response response(ClaimResult result) {
    if (result instanceof Issued issued) {
      Claim claim = issued.claim();
      return Response.status(Response.Status.CREATED)
          .header(HttpHeaders.LOCATION, location(claim))
          .entity(claim)
          .build();
    }
    if (result instanceof AlreadyClaimed already) {
      return Response.ok(already.claim()).build();
    }
    if (result instanceof Entered entered) {
      LotteryEntry entry = entered.entry();
      return Response.accepted(entry)
          .header(HttpHeaders.LOCATION, location(entry.couponId(), "/entries/", entry.userId()))
          .build();
    }
    if (result instanceof Waiting waiting) {
      return Response.accepted(waiting.ticket())
          .header(HttpHeaders.LOCATION, location(waiting.ticket()))
          .build();
    }
    return ClaimProblems.of((Refused) result).toResponse();
  }

  /**
   * Where the claim is read, relative to the host (RFC 9110). Every reserved character is encoded:
   * UriBuilder leaves ';', which begins another thing.
   */
  static String location(Claim claim) {
    return location(claim.couponId(), "/claims/", claim.userId());
  }

  /** Where a ticket is read. */
  static String location(Ticket ticket) {
    return location(ticket.couponId(), "/tickets/", ticket.userId());
  }

  static String location(String couponId, String what, String userId) {
    // What makes it unfit for paths elsewhere, a space as '+', cannot be in an id.
    String user = URLEncoder.encode(userId, StandardCharsets.US_ASCII);
    return CouponResource.PATH + couponId + what + user;
  }

  private static Uni<Response> forbidden() {
    return Uni.createFrom().item(Problem.of(ProblemType.FORBIDDEN).toResponse());
  }
}
