package io.firstcome.http.openapi;

import io.firstcome.http.problem.ProblemType;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.PathItem.HttpMethod;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;

/**
 * Says of every operation with which statuses it may be refused; each is a problem. What an
 * operation accepts tells nearly all of them. They replace those that Quarkus adds, without a body.
 */
@OpenApiFilter(OpenApiFilter.RunStage.RUNTIME_STARTUP)
public class ProblemResponses implements OASFilter {
  private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD);

  /** Answers by its status alone: 403, whoever asks. */
  private static final String CHECK = "GET /api/v1/queues/{queueId}/check";

  private static final String OPERATORS = "/api/v1/admin/";

  private static final String ORDERS = "/api/v1/orders";

  /** What the rules below would have of operations that never send it. */
  private static final Map<ProblemType, Set<String>> NEVER =
      Map.of(
          ProblemType.CLOSED,
          Set.of(
              "POST /api/v1/coupons/{couponId}/close",
              "POST /api/v1/series/{seriesId}/stop",
              "DELETE /api/v1/coupons/{couponId}/tickets/{userId}",
              "POST /api/v1/coupons/{couponId}/codes",
              "POST /api/v1/coupons/{couponId}/redemptions/undo",
              "PATCH /api/v1/sales/{saleId}",
              "POST /api/v1/sales/{saleId}/close",
              "PATCH /api/v1/sales/{saleId}/items/{itemId}",
              "POST /api/v1/queues/{queueId}/close",
              "POST /api/v1/payments/callbacks/http"),
          ProblemType.FORBIDDEN,
          Set.of(
              "GET /api/v1/me/orders",
              "GET /api/v1/orders/{orderId}",
              "GET /api/v1/orders/{orderId}/live",
              "POST /api/v1/orders/{orderId}/cancel",
              "GET /api/v1/payments/{paymentId}",
              "GET /api/v1/wallets/{userId}",
              "GET /api/v1/wallets/{userId}/entries",
              "GET /api/v1/me/coupons",
              "GET /api/v1/me/reservations",
              "GET /api/v1/sales/{saleId}/reservations/{reservationId}",
              "GET /api/v1/sales/{saleId}/reservations/{reservationId}/history"),
          ProblemType.NOT_FOUND,
          Set.of(
              "GET /api/v1/admin/ledgers/{ledger}/dead-letters",
              "POST /api/v1/admin/ledgers/{ledger}/dead-letters/replay",
              "DELETE /api/v1/admin/users/{userId}",
              "POST /api/v1/wallets/{userId}/credits",
              "POST /api/v1/locks/{name}",
              "POST /api/v1/locks/{name}/extend",
              "POST /api/v1/locks/{name}/release",
              CHECK),
          ProblemType.NOT_ACCEPTABLE,
          Set.of(CHECK));

  @Override
  public void filterOpenAPI(OpenAPI api) {
    api.getPaths()
        .getPathItems()
        .forEach(
            (path, item) ->
                item.getOperations()
                    .forEach((method, operation) -> refuse(path, item, method, operation)));
  }

  private static void refuse(String path, PathItem item, HttpMethod method, Operation operation) {
    APIResponses responses = operation.getResponses();
    Map.copyOf(responses.getAPIResponses()).keySet().stream()
        .filter(status -> !status.startsWith("2"))
        .forEach(responses::removeAPIResponse);
    for (int status : statuses(path, item, method, operation)) {
      responses.addAPIResponse(
          String.valueOf(status), OASFactory.createAPIResponse().ref(ApiDescription.PROBLEM));
    }
  }

  /**
   * Those of all operations: the edge refuses bad credentials of any request with a large body, and
   * an address that sent too many. No operation is known to send 500, and each would, by a defect:
   * a client of this document reads its 'errorId' too.
   */
  private static Set<Integer> statuses(
      String path, PathItem item, HttpMethod method, Operation operation) {
    Set<ProblemType> types =
        new TreeSet<>(
            Set.of(
                ProblemType.MALFORMED,
                ProblemType.UNAUTHENTICATED,
                ProblemType.TOO_MANY_REQUESTS,
                ProblemType.NOT_ACCEPTABLE,
                ProblemType.INTERNAL,
                ProblemType.OVERLOADED));
    boolean changes = !SAFE.contains(method);
    if (changes) {
      types.add(ProblemType.CROSS_SITE);
    }
    boolean isOfUsers = operation.getSecurity() != null && !operation.getSecurity().isEmpty();
    if (isOfUsers || CHECK.equals(method + " " + path)) {
      types.add(ProblemType.FORBIDDEN);
    }
    if (path.contains("{")) {
      types.add(ProblemType.NOT_FOUND);
    }
    if (operation.getRequestBody() != null) {
      types.add(ProblemType.REQUEST_TIMEOUT);
      types.add(ProblemType.PAYLOAD_TOO_LARGE);
      types.add(ProblemType.UNSUPPORTED_MEDIA_TYPE);
    }
    if (changes && !path.startsWith(OPERATORS)) {
      types.add(ProblemType.CLOSED);
    }
    if (hasKey(item, operation)) {
      types.add(ProblemType.IDEMPOTENCY_MISMATCH);
    }
    if (changes && (path.equals("/api/v1/payments") || path.equals(ORDERS))) {
      types.add(ProblemType.PAYMENT_DECLINED);
    }
    if (changes && path.equals(ORDERS)) {
      types.add(ProblemType.UNKNOWN_SALE);
    }
    if (path.endsWith("/settle")) {
      types.add(ProblemType.ORDER_NOT_BLOCKED);
    }
    types.removeIf(type -> NEVER.getOrDefault(type, Set.of()).contains(method + " " + path));
    Set<Integer> statuses = new TreeSet<>();
    types.forEach(type -> statuses.add(type.status()));
    return statuses;
  }

  private static boolean hasKey(PathItem item, Operation operation) {
    return Stream.of(item.getParameters(), operation.getParameters())
        .filter(parameters -> parameters != null)
        .flatMap(parameters -> parameters.stream())
        .anyMatch(parameter -> "Idempotency-Key".equals(parameter.getName()));
  }
}
