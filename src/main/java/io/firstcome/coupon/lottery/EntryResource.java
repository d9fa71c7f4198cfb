package io.firstcome.coupon.lottery;

import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.coupon.model.LotteryEntry;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.quarkus.security.Authenticated;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The entry of a user in a lottery; users enter by claiming. */
@Path("/api/v1/coupons/{couponId}/entries/{userId}")
@Produces(MediaType.APPLICATION_JSON)
@Authenticated
@Tag(name = "Lotteries")
class EntryResource {

  private final Entries entries;
  private final CurrentUser user;

  EntryResource(Entries entries, CurrentUser user) {
    this.entries = entries;
    this.user = user;
  }

  @GET
  @Operation(
      summary = "Read an entry",
      description =
          "The receipt of a user who has entered, and after the draw whether the entry has won."
              + " Users read their own; operators read any.")
  public Uni<LotteryEntry> read(String couponId, String userId) {
    CouponRequests.checkId(couponId);
    CouponRequests.checkUser(userId);
    if (!user.is(userId) && !user.readsAll()) {
      throw Problem.of(ProblemType.FORBIDDEN).asException();
    }
    return entries.find(couponId, userId);
  }

  @DELETE
  @Operation(
      summary = "Withdraw an entry",
      description =
          "Until the lottery closes, by its user. It cannot be entered again. Responds once it is"
              + " in MySQL; repeating the request is safe.")
  public Uni<LotteryEntry> withdraw(String couponId, String userId) {
    CouponRequests.checkId(couponId);
    CouponRequests.checkUser(userId);
    if (!user.is(userId)) {
      throw Problem.of(ProblemType.FORBIDDEN).asException();
    }
    return entries.withdraw(couponId, userId, user.id());
  }
}
