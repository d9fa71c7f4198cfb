package io.firstcome.coupon.export;

import io.firstcome.coupon.export.Exports.Subject;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.http.identity.Roles;
import io.smallrye.common.annotation.Blocking;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.StreamingOutput;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** All claims of a coupon, or what became of them, as a stream of lines. */
@Path("/api/v1/coupons/{couponId}/exports")
@Produces({ExportFormat.NDJSON_TYPE, ExportFormat.CSV_TYPE})
@RolesAllowed(Roles.AUDITOR)
@Blocking
@Tag(name = "Exports")
@APIResponse(
    responseCode = "200",
    description = "One line for each row",
    content = {
      @Content(mediaType = ExportFormat.NDJSON_TYPE, schema = @Schema(type = SchemaType.STRING)),
      @Content(mediaType = ExportFormat.CSV_TYPE, schema = @Schema(type = SchemaType.STRING))
    })
class ExportResource {

  private static final String AS =
      " NDJSON, or CSV with 'Accept: text/csv'. Reads MySQL, so what is still in the ledger is"
          + " missing. An export that cannot be completed ends without its last chunk.";

  private final Exports exports;

  ExportResource(Exports exports) {
    this.exports = exports;
  }

  @GET
  @Path("/claims")
  @Operation(
      summary = "Export claims",
      description = "Unit by unit in order of issue, of a sharded coupon shard by shard." + AS)
  public StreamingOutput claims(
      String couponId, @Context HttpHeaders headers, @Context RoutingContext request) {
    return export(couponId, Subject.CLAIMS, headers, request);
  }

  @GET
  @Path("/redemptions")
  @Operation(
      summary = "Export redemptions",
      description = "Every redemption, and every one that was taken back, in order." + AS)
  public StreamingOutput redemptions(
      String couponId, @Context HttpHeaders headers, @Context RoutingContext request) {
    return export(couponId, Subject.REDEMPTIONS, headers, request);
  }

  @GET
  @Path("/history")
  @Operation(
      summary = "Export the history of claims",
      description = "Whatever became of units after their issue, in order." + AS)
  public StreamingOutput history(
      String couponId, @Context HttpHeaders headers, @Context RoutingContext request) {
    return export(couponId, Subject.HISTORY, headers, request);
  }

  private StreamingOutput export(
      String couponId, Subject subject, HttpHeaders headers, RoutingContext request) {
    CouponRequests.checkId(couponId);
    return exports.of(
        request, couponId, subject, ExportFormat.of(headers.getAcceptableMediaTypes()));
  }
}
