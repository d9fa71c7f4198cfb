package io.firstcome.payment.wallet;

import io.firstcome.history.Recorder;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.IdempotencyKey;
import io.firstcome.http.input.Money;
import io.firstcome.http.input.Paging;
import io.firstcome.http.input.UserId;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.payment.model.PaymentTransactions;
import io.quarkus.security.Authenticated;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Wallets: balances that the operator credits and that payments are taken from. */
@Path("/api/v1/wallets/{userId}")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Payments")
class WalletResource {

  private static final String PATH = "/api/v1/wallets/";

  private final Wallets wallets;
  private final PaymentTransactions mysql;
  private final CurrentUser user;
  private final Recorder recorder;

  WalletResource(Wallets wallets, PaymentTransactions mysql, CurrentUser user, Recorder recorder) {
    this.wallets = wallets;
    this.mysql = mysql;
    this.user = user;
    this.recorder = recorder;
  }

  /** A wallet as the API shows it. */
  @Schema(name = "Wallet")
  record WalletView(
      String userId,
      @Schema(description = "Minor units of the currency, never negative", examples = "12050")
          long balance,
      @Schema(examples = "EUR") String currency) {

    static WalletView of(Wallets.Wallet wallet) {
      return new WalletView(wallet.userId(), wallet.balance(), wallet.currency());
    }
  }

  /** Why a balance changed. */
  @Schema(name = "WalletEntry")
  record EntryView(
      @Schema(examples = "1042") long id,
      @Schema(enumeration = {"CREDIT", "CHARGE", "REFUND"}) String kind,
      @Schema(description = "The key of a credit, or the id of a payment") String reference,
      @Schema(description = "Minor units; negative if they were taken", examples = "-1999")
          long amount,
      Instant at) {

    static EntryView of(Wallets.Entry entry) {
      return new EntryView(
          entry.id(), entry.kind(), entry.reference(), entry.amount(), entry.madeAt());
    }
  }

  /**
   * A page of entries, the newest first.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  record EntryPage(List<EntryView> entries, Long next) {}

  @POST
  @Path("/credits")
  @RolesAllowed(Roles.ADMIN)
  @Operation(
      summary = "Credit a wallet",
      description =
          "Adds money; the first credit creates the wallet with its currency. Repeating the request"
              + " with the same key adds nothing and returns the current balance, with the header"
              + " Idempotent-Replayed: true. 409 other-currency if the wallet has a different"
              + " currency.")
  @APIResponse(
      responseCode = "201",
      description = "Credited",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = WalletView.class)))
  public Uni<Response> credit(
      String userId,
      @HeaderParam(IdempotencyKey.HEADER) String key,
      @Valid @NotNull NewCredit request,
      @Context RoutingContext http) {
    UserId.check(userId);
    IdempotencyKey.check(key);
    Money.checkCurrency(request.currency());
    String by = user.id();
    Recorder.Recording recording = recorder.of(http.request());
    return mysql
        .decide(
            tx -> {
              Wallets.Wallet wallet =
                  wallets.credit(tx, userId, key, request.amount(), request.currency(), by);
              if (!wallet.replayed()) {
                // Whose it is says the entry, as long as it may.
                long entry = wallets.entries(tx, userId, Long.MAX_VALUE, 1).get(0).id();
                recording.write(
                    tx,
                    null,
                    Map.of(
                        "entry", entry,
                        "amount", request.amount(),
                        "currency", request.currency()));
              }
              return wallet;
            })
        .map(
            wallet ->
                IdempotencyKey.response(
                    Response.status(Response.Status.CREATED)
                        .header(HttpHeaders.LOCATION, PATH + userId)
                        .entity(WalletView.of(wallet)),
                    wallet.replayed()));
  }

  @GET
  @Authenticated
  @Operation(
      summary = "Read a wallet",
      description = "Users read their own wallet; services and operators read any wallet.")
  public Uni<WalletView> read(String userId) {
    checkAccess(userId);
    return mysql.decide(tx -> found(wallets.find(tx, userId))).map(WalletView::of);
  }

  @GET
  @Path("/entries")
  @Authenticated
  @Operation(
      summary = "List the entries of a wallet",
      description =
          "Newest first, paginated; the balance is the sum of all of them. Users list their own;"
              + " services and operators list those of any wallet.")
  public Uni<EntryPage> entries(
      String userId,
      @QueryParam("before") @DefaultValue("" + Long.MAX_VALUE) @Min(1) long before,
      @QueryParam("limit") @DefaultValue("50") @Min(1) @Max(100) int limit) {
    checkAccess(userId);
    return mysql
        .decide(
            tx -> {
              found(wallets.find(tx, userId));
              return wallets.entries(tx, userId, before, limit);
            })
        .map(page -> page.stream().map(EntryView::of).toList())
        .map(page -> new EntryPage(page, Paging.next(page, limit, EntryView::id)));
  }

  private static Wallets.Wallet found(Wallets.Wallet wallet) {
    if (wallet == null) {
      throw Problem.of(ProblemType.UNKNOWN_WALLET).asException();
    }
    return wallet;
  }

  /** Somebody else's is answered as one that is not there: nobody learns of it. */
  private void checkAccess(String userId) {
    UserId.check(userId);
    if (!user.is(userId) && !user.actsForAll()) {
      throw Problem.of(ProblemType.UNKNOWN_WALLET).asException();
    }
  }
}
