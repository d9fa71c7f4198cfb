package io.firstcome.coupon.definition;

import io.firstcome.coupon.change.Changes;
import io.firstcome.coupon.change.ShardCoordinator;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.script.ChangeResult;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.history.Recorded;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.UserId;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.redis.ClaimReserve;
import io.firstcome.redis.Script;
import io.firstcome.work.Chunks;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Who may claim a coupon that was created with {@code "audience": true}. */
@Path("/api/v1/coupons/{couponId}/audience")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Coupons")
@RolesAllowed(Roles.OPERATOR)
class AudienceResource {

  /** The most users one call may name. */
  static final int MAX_USERS = 10_000;

  private final CouponScripts scripts;
  private final Changes changes;
  private final ShardCoordinator campaigns;
  private final CouponReader coupons;
  private final ClaimReserve reserve;

  AudienceResource(
      CouponScripts scripts,
      Changes changes,
      ShardCoordinator campaigns,
      CouponReader coupons,
      ClaimReserve reserve) {
    this.scripts = scripts;
    this.changes = changes;
    this.campaigns = campaigns;
    this.coupons = coupons;
    this.reserve = reserve;
  }

  /** Users by their ids. */
  @Schema(name = "Users")
  record Users(
      @NotEmpty @Size(max = MAX_USERS) @Schema(examples = "[\"alice\",\"bob\"]")
          List<@NotNull @Pattern(regexp = UserId.PATTERN, message = UserId.MESSAGE) String>
              users) {}

  /**
   * What became of the audience.
   *
   * @param changed users who were not in it before, or were
   * @param size users in it now
   */
  record Audience(@Schema(examples = "2") long changed, @Schema(examples = "2") long size) {}

  @PUT
  @Recorded
  @Operation(
      summary = "Add users to the audience",
      description =
          "Up to 10,000 users per call. Responds once they are in MySQL. Repeating the request is"
              + " safe.")
  public Uni<Audience> add(String couponId, @Valid @NotNull Users users) {
    if (reserve.isTouched()) {
      throw Problem.of(ProblemType.REDIS_FULL).asException();
    }
    return change(couponId, true, users.users());
  }

  @DELETE
  @Recorded
  @Operation(
      summary = "Remove users from the audience",
      description = "Users who hold a claim keep it. Repeating the request is safe.")
  public Uni<Audience> remove(String couponId, @Valid @NotNull Users users) {
    return change(couponId, false, users.users());
  }

  private Uni<Audience> change(String couponId, boolean add, List<String> users) {
    CouponRequests.checkId(couponId);
    return campaigns
        .each(couponId, users, (id, some) -> changeOne(id, add, some))
        .map(
            done ->
                new Audience(
                    done.stream().mapToLong(Audience::changed).sum(),
                    done.stream().mapToLong(Audience::size).sum()));
  }

  /** In parts that a script can take; each part holds when the next begins. */
  private Uni<Audience> changeOne(String couponId, boolean add, List<String> users) {
    if (users.isEmpty()) {
      return coupons.readOne(couponId).map(state -> new Audience(0, state.audience()));
    }
    return Multi.createFrom()
        .iterable(Chunks.of(users, Script.MAX_USERS))
        .onItem()
        .transformToUniAndConcatenate(
            part -> changes.settled(couponId, scripts.audience(couponId, add, part)))
        .collect()
        .asList()
        .map(
            done ->
                new Audience(
                    done.stream().mapToLong(ChangeResult.Done::changed).sum(),
                    done.get(done.size() - 1).audience()));
  }
}
