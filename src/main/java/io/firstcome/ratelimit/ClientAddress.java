package io.firstcome.ratelimit;

import io.vertx.core.http.HttpServerRequest;
import java.util.List;

/**
 * From which address a request comes.
 *
 * <p>That is the peer's, unless it is a proxy that is trusted: then it is the one that the proxy
 * says, which is the last of its header, and so on from right to left until one is not trusted.
 * What stands further left anybody may have written.
 */
final class ClientAddress {

  private static final String FOR = "for=";

  private final List<Network> trusted;
  private final ForwardedBy by;

  ClientAddress(List<Network> trusted, ForwardedBy by) {
    this.trusted = trusted;
    this.by = by;
  }

  /** The address, or the network that stands for it; null where the peer has none. */
  String of(HttpServerRequest request) {
    // Of the connection: another one may have been put into the request, by a header of anybody's.
    String peer = request.connection().remoteAddress().hostAddress();
    return of(peer, trusted.isEmpty() ? List.of() : request.headers().getAll(by.header));
  }

  /**
   * @param lines of the header, in order
   */
  String of(String peer, List<String> lines) {
    byte[] address = Addresses.parse(peer);
    if (address == null) {
      return null;
    }
    for (int line = lines.size() - 1; line >= 0; line--) {
      String text = lines.get(line);
      int end = text.length();
      while (end >= 0) {
        if (!isTrusted(address)) {
          return Addresses.group(address);
        }
        int comma = commaBefore(text, end);
        String element = text.substring(comma + 1, end).trim();
        end = comma;
        // Empty elements of a list say nothing (RFC 9110, 5.6.1).
        if (!element.isEmpty()) {
          byte[] hop = Addresses.parse(host(node(element)));
          if (hop == null) {
            // Unknown to the proxy, or hidden by it: all of its unknown ones are one.
            return Addresses.group(address);
          }
          address = hop;
        }
      }
    }
    return Addresses.group(address);
  }

  private boolean isTrusted(byte[] address) {
    for (Network network : trusted) {
      if (network.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /** From the right: a quote that somebody left open further left hides nothing. */
  private static int commaBefore(String text, int end) {
    boolean quoted = false;
    for (int i = end - 1; i >= 0; i--) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        return i;
      }
    }
    return -1;
  }

  /** Who an element names: all of it, or the value of its {@code for}. */
  private String node(String element) {
    if (by == ForwardedBy.X_FORWARDED_FOR) {
      return element;
    }
    for (String pair : element.split(";")) {
      String trimmed = pair.trim();
      if (trimmed.regionMatches(true, 0, FOR, 0, FOR.length())) {
        String value = trimmed.substring(FOR.length());
        return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
            ? value.substring(1, value.length() - 1)
            : value;
      }
    }
    return "";
  }

  /** Without a port. */
  private static String host(String node) {
    if (node.startsWith("[")) {
      int end = node.indexOf(']');
      return end < 0 ? "" : node.substring(1, end);
    }
    int colon = node.indexOf(':');
    return colon >= 0 && colon == node.lastIndexOf(':') ? node.substring(0, colon) : node;
  }
}
