package io.firstcome.order.purchase;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.firstcome.order.model.Order;
import io.firstcome.order.model.OrderLine;
import io.firstcome.order.model.Step;
import io.firstcome.payment.model.Payment;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** An order as the API shows it. */
@Schema(name = "Order")
@JsonInclude(JsonInclude.Include.NON_NULL)
record OrderView(
    @Schema(examples = "o3f9a6c0d1b2e4f5061728394a5b6c7") String id,
    String userId,
    @Schema(description = "CONFIRMED, CANCELLED and REFUNDED last; the others pass")
        Order.State status,
    @Schema(examples = "summer-2026") String saleId,
    List<LineView> lines,
    @Schema(examples = "EUR") String currency,
    @Schema(description = "Sum of the lines, in minor units", examples = "3998") long subtotal,
    @Schema(description = "What the coupon takes off", examples = "400") long discount,
    @Schema(description = "subtotal - discount: what is paid", examples = "3598") long total,
    @Schema(examples = "ten-percent") String couponId,
    @Schema(examples = "h3f9a6c0d1b2e4f5061728394a5b6c7") String reservationId,
    PaymentView payment,
    @Schema(description = "What is being done or undone; absent at the end") Step step,
    @Schema(
            description = "Why it was cancelled or refunded; absent otherwise",
            examples = "insufficient-funds")
        String reason,
    @Schema(description = "The step that was refused; absent if none was") Step refusedStep,
    @Schema(
            description = "Why 'step' cannot be undone until an operator settles it",
            examples = "card-expired")
        String blocked,
    Instant createdAt,
    Instant endedAt) {

  /** A line and what it costs. */
  @Schema(name = "OrderLine")
  record LineView(
      @Schema(examples = "sneaker-42") String itemId,
      @Schema(examples = "2") long quantity,
      @Schema(description = "Of one unit, in minor units", examples = "1999") long price,
      @Schema(description = "quantity × price", examples = "3998") long amount) {

    static LineView of(OrderLine line) {
      return new LineView(line.itemId(), line.quantity(), line.price(), line.amount());
    }
  }

  /** How it is paid. */
  @Schema(name = "OrderPayment")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record PaymentView(
      Payment.Provider provider,
      @Schema(
              description = "The charge; absent if the order is free. It may not have begun",
              examples = "p3f9a6c0d1b2e4f5061728394a5b6c7")
          String paymentId) {}

  static OrderView of(Order order) {
    return new OrderView(
        order.id(),
        order.userId(),
        order.state(),
        order.saleId(),
        order.lines().stream().map(LineView::of).toList(),
        order.currency(),
        order.subtotal(),
        order.discount(),
        order.total(),
        order.couponId(),
        order.reservationId(),
        new PaymentView(order.provider(), order.total() == 0 ? null : order.chargeId()),
        order.step(),
        order.reason(),
        order.refusedStep(),
        order.blocked(),
        order.createdAt(),
        order.endedAt());
  }
}
