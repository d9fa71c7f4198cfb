package io.firstcome.coupon.model;

import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.AcknowledgeColumn;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.lifecycle.Status;
import io.firstcome.lifecycle.StatusColumn;
import io.firstcome.mysql.InstantColumn;
import io.firstcome.mysql.Micros;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Row;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Converter;
import jakarta.persistence.Embeddable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an operator defines of a coupon and may change. Only this class and {@code
 * coupon-definition.lua} name its fields: columns of {@code coupon} in MySQL, fields of the state
 * and of the ledger's entries in Redis.
 *
 * @param opensAt null: open since its creation
 * @param closesAt null: no end
 * @param eligibility the rule that users must meet, see {@code Rules}; empty: none
 * @param eligibilityMessage what those are told who are not eligible; empty: the usual
 * @param policy how units are given; nobody changes it
 * @param queue the queue whose pass a claim needs; empty: none
 * @param discount what it takes off an order, see {@link Discount#stored}; empty: nothing
 * @param group the expression that gives a user's group, see {@code Rules}; empty: none. Nobody
 *     changes it
 * @param quotas of the groups, see {@link Quotas#stored}; empty: none. Nobody changes them
 */
@Embeddable
public record CouponDefinition(
    String name,
    long quantity,
    @Column(name = "opens_at") @Convert(converter = InstantColumn.class) Instant opensAt,
    @Column(name = "closes_at") @Convert(converter = InstantColumn.class) Instant closesAt,
    @Convert(converter = StatusColumn.class) Status status,
    @Convert(converter = AcknowledgeColumn.class) Acknowledge acknowledge,
    @Column(name = "on_loss") @Convert(converter = OnLossColumn.class) OnLoss onLoss,
    String eligibility,
    @Column(name = "eligibility_message") String eligibilityMessage,
    @Convert(converter = PolicyColumn.class) Policy policy,
    @Column(name = "queue_id") String queue,
    String discount,
    @Column(name = "claim_group") String group,
    String quotas) {

  /** The fields as the stores have them, in the order of the ledger. */
  public enum Field {
    NAME("name", "name", Kind.TEXT, false),
    QUANTITY("quantity", "quantity", Kind.NUMBER, false),
    OPENS("opens", "opens_at", Kind.TIME, false),
    CLOSES("closes", "closes_at", Kind.TIME, false),
    STATUS("status", "status", Kind.TEXT, false),
    ACKNOWLEDGE("acknowledge", "acknowledge", Kind.TEXT, true),
    ON_LOSS("onLoss", "on_loss", Kind.TEXT, true),
    ELIGIBILITY("eligibility", "eligibility", Kind.TEXT, true),
    ELIGIBILITY_MESSAGE("eligibilityMessage", "eligibility_message", Kind.TEXT, true),
    POLICY("policy", "policy", Kind.TEXT, true),
    QUEUE("queue", "queue_id", Kind.TEXT, true),
    DISCOUNT("discount", "discount", Kind.TEXT, true),
    GROUP("group", "claim_group", Kind.TEXT, true),
    QUOTAS("quotas", "quotas", Kind.TEXT, true);

    private enum Kind {
      TEXT,
      NUMBER,
      /** In Redis microseconds since 1970, 0 where there is none. */
      TIME
    }

    private static final Map<String, Field> BY_WORD =
        Stream.of(values()).collect(Collectors.toMap(field -> field.word, field -> field));

    private final String word;
    private final String column;
    private final Kind kind;
    private final boolean optional;

    /**
     * @param word its name in Redis
     * @param column its name in MySQL
     * @param optional whether an entry of the ledger, of an earlier release, may be without it
     */
    Field(String word, String column, Kind kind, boolean optional) {
      this.word = word;
      this.column = column;
      this.kind = kind;
      this.optional = optional;
    }

    /** A value as Redis has it: of an instant the microseconds, null: none; of an enum the word. */
    public static String text(Object value) {
      if (value instanceof Instant instant) {
        return String.valueOf(Micros.of(instant));
      }
      if (value instanceof Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT);
      }
      return value == null ? "0" : value.toString();
    }

    private Object toColumn(String text) {
      return switch (kind) {
        case TEXT -> text;
        case NUMBER -> Long.valueOf(text);
        case TIME -> Micros.toDateTime(Long.parseLong(text));
      };
    }

    private String ofColumn(Row row) {
      return switch (kind) {
        case TEXT -> row.getString(column);
        case NUMBER -> row.getLong(column).toString();
        case TIME -> String.valueOf(Micros.of(row.getLocalDateTime(column)));
      };
    }

    private String ofEntry(LedgerEntry entry) {
      return kind == Kind.TEXT ? entry.text(word) : String.valueOf(entry.number(word));
    }
  }

  /** The columns, for a SELECT that {@link #of(Row)} reads. */
  public static final String COLUMNS =
      Stream.of(Field.values()).map(field -> field.column).collect(Collectors.joining(", "));

  /** When it gives units. */
  public Lifecycle lifecycle() {
    return new Lifecycle(status, opensAt, closesAt);
  }

  /** Every field, as Redis has it. */
  public Map<Field, String> fields() {
    Map<Field, String> fields = new EnumMap<>(Field.class);
    fields.put(Field.NAME, name);
    fields.put(Field.QUANTITY, Field.text(quantity));
    fields.put(Field.OPENS, Field.text(opensAt));
    fields.put(Field.CLOSES, Field.text(closesAt));
    fields.put(Field.STATUS, Field.text(status));
    fields.put(Field.ACKNOWLEDGE, Field.text(acknowledge));
    fields.put(Field.ON_LOSS, Field.text(onLoss));
    fields.put(Field.ELIGIBILITY, eligibility);
    fields.put(Field.ELIGIBILITY_MESSAGE, eligibilityMessage);
    fields.put(Field.POLICY, Field.text(policy));
    fields.put(Field.QUEUE, queue);
    fields.put(Field.DISCOUNT, discount);
    fields.put(Field.GROUP, group);
    fields.put(Field.QUOTAS, quotas);
    return fields;
  }

  /** A definition of all these fields. */
  public static CouponDefinition of(Map<Field, String> fields) {
    return new CouponDefinition(
        fields.get(Field.NAME),
        Long.parseLong(fields.get(Field.QUANTITY)),
        Micros.toInstant(Long.parseLong(fields.get(Field.OPENS))),
        Micros.toInstant(Long.parseLong(fields.get(Field.CLOSES))),
        Status.ofStored(fields.get(Field.STATUS)),
        Acknowledge.ofStored(fields.get(Field.ACKNOWLEDGE)),
        OnLoss.ofStored(fields.get(Field.ON_LOSS)),
        fields.get(Field.ELIGIBILITY),
        fields.get(Field.ELIGIBILITY_MESSAGE),
        Policy.ofStored(fields.get(Field.POLICY)),
        fields.get(Field.QUEUE),
        fields.get(Field.DISCOUNT),
        fields.get(Field.GROUP),
        fields.get(Field.QUOTAS));
  }

  /** The definition in a row of {@code coupon} that has all {@link #COLUMNS}. */
  public static CouponDefinition of(Row row) {
    Map<Field, String> fields = new EnumMap<>(Field.class);
    for (Field field : Field.values()) {
      fields.put(field, field.ofColumn(row));
    }
    return of(fields);
  }

  /** The definition in a reply of a script: from this index on, words and values in turn. */
  public static CouponDefinition of(Response reply, int from) {
    Map<Field, String> fields = new EnumMap<>(Field.class);
    for (int i = from; i + 1 < reply.size(); i += 2) {
      fields.put(Field.BY_WORD.get(reply.get(i).toString()), reply.get(i + 1).toString());
    }
    return of(fields);
  }

  /**
   * What an entry of the ledger defines. A field that it is without stays as it is.
   *
   * @throws io.firstcome.ledger.MalformedEntryException where another field is missing, or wrong
   */
  public static Map<Field, String> fields(LedgerEntry entry) {
    Map<Field, String> fields = new EnumMap<>(Field.class);
    for (Field field : Field.values()) {
      if (!field.optional || entry.fields().containsKey(field.word)) {
        fields.put(field, field.ofEntry(entry));
      }
    }
    return fields;
  }

  /** This definition with some fields changed. */
  public CouponDefinition with(Map<Field, String> changes) {
    Map<Field, String> fields = fields();
    fields.putAll(changes);
    return of(fields);
  }

  /** As scripts take fields: words and values in turn. */
  public static List<String> words(Map<Field, String> fields) {
    List<String> words = new ArrayList<>();
    fields.forEach(
        (field, value) -> {
          words.add(field.word);
          words.add(value);
        });
    return words;
  }

  /** The SET clause of an UPDATE of {@code coupon}; its parameters are {@link #values}. */
  public static String assignments(Collection<Field> fields) {
    return fields.stream().map(field -> field.column + " = ?").collect(Collectors.joining(", "));
  }

  /** The parameters of {@link #assignments}. */
  public static List<Object> values(Map<Field, String> fields) {
    List<Object> values = new ArrayList<>();
    fields.forEach((field, text) -> values.add(field.toColumn(text)));
    return values;
  }

  @Converter
  public static final class PolicyColumn implements AttributeConverter<Policy, String> {

    @Override
    public String convertToDatabaseColumn(Policy policy) {
      return policy.stored();
    }

    @Override
    public Policy convertToEntityAttribute(String stored) {
      return Policy.ofStored(stored);
    }
  }

  @Converter
  public static final class OnLossColumn implements AttributeConverter<OnLoss, String> {

    @Override
    public String convertToDatabaseColumn(OnLoss onLoss) {
      return onLoss.stored();
    }

    @Override
    public OnLoss convertToEntityAttribute(String stored) {
      return OnLoss.ofStored(stored);
    }
  }
}
