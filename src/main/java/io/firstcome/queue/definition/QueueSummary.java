package io.firstcome.queue.definition;

import io.firstcome.queue.model.QueueMode;
import io.firstcome.queue.model.QueueStatus;
import io.vertx.mutiny.sqlclient.Row;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A queue in a list: without who is in it. */
@Schema(name = "QueueSummary")
record QueueSummary(
    @Schema(examples = "booth-7") String id,
    @Schema(examples = "Booth 7") String name,
    @Schema(examples = "fair-2026") String event,
    @Schema(examples = "CALLED") QueueMode mode,
    @Schema(examples = "OPEN") QueueStatus status,
    @Schema(examples = "50") long capacity) {

  static QueueSummary of(Row row) {
    return new QueueSummary(
        row.getString("id"),
        row.getString("name"),
        row.getString("event_id"),
        QueueMode.valueOf(row.getString("mode")),
        QueueStatus.valueOf(row.getString("status")),
        row.getLong("capacity"));
  }
}
