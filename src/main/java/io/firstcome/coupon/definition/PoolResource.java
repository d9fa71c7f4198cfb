package io.firstcome.coupon.definition;

import io.firstcome.coupon.code.CodePool;
import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.work.BoundedWork;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.validation.constraints.Pattern;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The pool of codes of a coupon. */
@Path("/api/v1/coupons/{couponId}/codes")
@Produces(MediaType.APPLICATION_JSON)
@Singleton
@Tag(name = "Coupons")
class PoolResource {

  private static final int MAX_WAITING = 100;

  private final CodePool pool;
  private final CouponReader coupons;
  private final MySqlCalls calls;
  private final BoundedWork work = new BoundedWork("code-pool-sizes", 1, MAX_WAITING);

  PoolResource(CodePool pool, CouponReader coupons, MySqlCalls calls) {
    this.pool = pool;
    this.coupons = coupons;
    this.calls = calls;
  }

  void stop(@Observes ShutdownEvent event) {
    work.close();
  }

  /** How full a pool is. */
  @Schema(name = "Pool")
  record Pool(
      @Schema(description = "Codes that were uploaded", examples = "1000") long size,
      @Schema(description = "Codes that are left: no unit is issued without one", examples = "600")
          long left) {}

  @GET
  @RolesAllowed({Roles.AUDITOR, Roles.OPERATOR})
  @Operation(
      summary = "Read the pool of codes",
      description = "How many codes it has, and how many are left. 404 no-pool if there is none.")
  public Uni<Pool> read(String couponId) {
    CouponRequests.checkId(couponId);
    return coupons
        .read(couponId)
        .flatMap(
            stored -> {
              if (!(stored instanceof CouponState state) || state.terms().codes() != Codes.POOL) {
                throw Problem.of(ProblemType.NO_POOL).asException();
              }
              return calls
                  .explained(work.run(() -> pool.size(couponId)))
                  .map(size -> new Pool(size, Math.max(0, size - state.sequence())));
            });
  }

  /** {@link PoolUpload} takes what is in order; the rest comes here, to be refused. */
  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Upload codes to the pool",
      description =
          "Adds codes behind those that the pool has; they are handed out in their order. A line"
              + " has one code of 4 to 64 visible ASCII characters: as NDJSON a string or an object"
              + " with 'code', as CSV one column, with or without the heading 'code'. The body is"
              + " a stream of any length; lines are written in batches. Codes that the pool has"
              + " are left out, so repeating an upload is safe. 404 no-pool if the coupon was"
              + " created without 'codes' of POOL.")
  @APIResponse(
      responseCode = "200",
      description = "Uploaded",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = PoolUpload.Result.class)))
  @RequestBody(
      required = true,
      content = {
        @Content(mediaType = "application/x-ndjson", schema = @Schema(type = SchemaType.STRING)),
        @Content(mediaType = "text/csv", schema = @Schema(type = SchemaType.STRING))
      })
  public Uni<PoolUpload.Result> upload(
      String couponId,
      @HeaderParam(HttpHeaders.CONTENT_TYPE) @Parameter(hidden = true) String contentType,
      @QueryParam("onError")
          @DefaultValue("stop")
          @Pattern(regexp = "stop|skip", message = "must be stop or skip")
          @Parameter(
              description =
                  "What to do at a line that has no code: 400 with its number (the lines before it"
                      + " may have been added), or leave it out")
          String onError,
      String codes) {
    CouponRequests.checkId(couponId);
    // Here and not by @Consumes, which is asked before the role is.
    throw Problem.of(
            PoolLine.of(contentType) == null
                ? ProblemType.UNSUPPORTED_MEDIA_TYPE
                : ProblemType.MALFORMED)
        .asException();
  }
}
