package io.firstcome.http.identity;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.MultiMap;
import jakarta.inject.Singleton;
import jakarta.json.JsonNumber;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.jwt.JsonWebToken;

/**
 * The attributes of users that rules may use: declared by the operator, read from the claims of the
 * verified token or the headers of the trusted gateway. {@value #ID} and {@value #GROUPS} are
 * always declared.
 *
 * <p>An attribute that is absent, of another type, given twice or too long is left out, so nothing
 * is ever concluded from it.
 */
@Singleton
public class UserAttributes {

  public static final String SETTING = "firstcome.identity.attributes";

  /** The most elements of a list. */
  public static final int MAX_ELEMENTS = 100;

  /** The most characters of a value, or of an element of a list. */
  static final int MAX_LENGTH = 256;

  /** The most characters of all attributes of a user: that many are cached with a token. */
  static final int MAX_TOTAL = 2_048;

  static final int MAX_ATTRIBUTES = 20;

  private static final String ID = "id";
  private static final String GROUPS = "groups";

  /** What an attribute can be. */
  public enum Type {
    STRING,
    /** A whole number of 64 bits. */
    INT,
    BOOL,
    /** Seconds since 1970, or as RFC 3339 writes it. */
    TIMESTAMP,
    /** Of strings; in a header separated by commas. */
    LIST
  }

  /**
   * @param claim its name in tokens
   * @param header its name among the gateway's headers
   */
  private record Attribute(String name, Type type, String claim, String header) {}

  private static final Pattern DECLARATION =
      Pattern.compile("([a-z][A-Za-z0-9]{0,31}):([a-z]+)(?:=([!-~]{1,128}))?");
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]{1,64}");

  private final List<Attribute> declared = new ArrayList<>();
  private final Map<String, Type> types = new LinkedHashMap<>();

  UserAttributes(
      @ConfigProperty(name = SETTING) Optional<List<String>> declarations,
      IdentityMode.Setting identity) {
    types.put(ID, Type.STRING);
    types.put(GROUPS, Type.LIST);
    for (String declaration : declarations.orElse(List.of())) {
      declare(declaration.trim(), identity.mode());
    }
    if (declared.size() > MAX_ATTRIBUTES) {
      throw refused("takes at most " + MAX_ATTRIBUTES + " attributes");
    }
  }

  private void declare(String declaration, IdentityMode mode) {
    Matcher parts = DECLARATION.matcher(declaration);
    if (!parts.matches()) {
      throw refused(
          "takes name:type or name:type=source, separated by commas, and not '"
              + declaration
              + "'");
    }
    String name = parts.group(1);
    Type type =
        Arrays.stream(Type.values())
            .filter(known -> known.name().toLowerCase(Locale.ROOT).equals(parts.group(2)))
            .findAny()
            .orElseThrow(
                () ->
                    refused(
                        "knows the types string, int, bool, timestamp and list, and not '"
                            + parts.group(2)
                            + "'"));
    if (types.putIfAbsent(name, type) != null) {
      throw refused("declares '" + name + "' twice");
    }
    String source = parts.group(3);
    String header = source == null ? "X-User-" + name : source;
    if (mode == IdentityMode.HEADER && !HEADER.matcher(header).matches()) {
      throw refused("names a header that cannot be: '" + header + "'");
    }
    declared.add(new Attribute(name, type, source == null ? name : source, header));
  }

  /** The type of each declared attribute. */
  public Map<String, Type> types() {
    return Collections.unmodifiableMap(types);
  }

  /** What a verified token says of its user. */
  Map<String, Object> of(JsonWebToken token) {
    Map<String, Object> claims = new HashMap<>();
    for (Attribute attribute : declared) {
      claims.put(attribute.name(), token.getClaim(attribute.claim()));
    }
    return Map.copyOf(read(token.getSubject(), token.getGroups(), claims::get));
  }

  /** What the gateway says of a user. */
  Map<String, Object> of(String user, MultiMap headers) {
    Map<String, Object> values = new HashMap<>();
    for (Attribute attribute : declared) {
      List<String> lines = headers.getAll(attribute.header());
      // Whose is the second, the gateway's or the client's that the gateway let pass?
      values.put(attribute.name(), lines.size() == 1 ? lines.get(0) : null);
    }
    String groups = headers.get(IdentityMechanism.GROUPS_HEADER);
    return read(user, groups == null ? Set.of() : split(groups), values::get);
  }

  private Map<String, Object> read(
      String user, Collection<String> groups, Function<String, Object> values) {
    Map<String, Object> attributes = new HashMap<>();
    int room = put(attributes, ID, user, MAX_TOTAL);
    room = put(attributes, GROUPS, list(groups), room);
    for (Attribute attribute : declared) {
      room =
          put(
              attributes,
              attribute.name(),
              value(attribute.type(), values.apply(attribute.name())),
              room);
    }
    return attributes;
  }

  /** Returns the characters left for those that follow. */
  private static int put(Map<String, Object> attributes, String name, Object value, int room) {
    int size =
        value instanceof String text
            ? text.length()
            : value instanceof List<?> list
                ? list.stream().mapToInt(one -> 8 + ((String) one).length()).sum()
                : 8;
    if (value == null || size > room) {
      return room;
    }
    attributes.put(name, value);
    return room - size;
  }

  /** The value as a rule sees it; null where it is none of this type. */
  private static Object value(Type type, Object raw) {
    try {
      return switch (type) {
        case STRING -> string(raw);
        case INT -> number(raw);
        case BOOL -> bool(raw);
        case TIMESTAMP -> timestamp(raw);
        case LIST ->
            raw instanceof String line
                ? list(split(line))
                : raw instanceof Collection<?> elements ? list(elements) : null;
      };
    } catch (ArithmeticException | NumberFormatException | DateTimeException e) {
      return null;
    }
  }

  private static String string(Object raw) {
    String text =
        raw instanceof JsonString json ? json.getString() : raw instanceof String s ? s : null;
    return text == null || text.length() > MAX_LENGTH ? null : text;
  }

  private static Long number(Object raw) {
    if (raw instanceof JsonNumber json) {
      return json.longValueExact();
    }
    if (raw instanceof Long || raw instanceof Integer) {
      return ((Number) raw).longValue();
    }
    return raw instanceof String text && text.length() <= 20 ? Long.valueOf(text) : null;
  }

  private static Boolean bool(Object raw) {
    if (raw == JsonValue.TRUE || Boolean.TRUE.equals(raw) || "true".equals(raw)) {
      return true;
    }
    return raw == JsonValue.FALSE || Boolean.FALSE.equals(raw) || "false".equals(raw)
        ? false
        : null;
  }

  private static Instant timestamp(Object raw) {
    String text = string(raw);
    if (text != null && text.indexOf('T') > 0) {
      return Instant.parse(text);
    }
    Long seconds = number(text == null ? raw : text);
    return seconds == null ? null : Instant.ofEpochSecond(seconds);
  }

  private static List<String> split(String line) {
    return Arrays.stream(line.split(",")).map(String::trim).filter(s -> !s.isEmpty()).toList();
  }

  private static List<String> list(Collection<?> elements) {
    if (elements == null || elements.size() > MAX_ELEMENTS) {
      return null;
    }
    List<String> list = new ArrayList<>(elements.size());
    for (Object element : elements) {
      String text = string(element);
      if (text == null) {
        return null;
      }
      list.add(text);
    }
    return Collections.unmodifiableList(list);
  }

  private static ConfigurationException refused(String why) {
    return new ConfigurationException(SETTING + " " + why, Set.of(SETTING));
  }
}
