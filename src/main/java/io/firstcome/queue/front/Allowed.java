package io.firstcome.queue.front;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The addresses to which visitors may return: on the hosts that the operator lists, and on no
 * other, since everybody can write a link to the queue.
 */
@Singleton
class Allowed {

  static final String SETTING = "firstcome.front.return-hosts";

  private static final int MAX_LENGTH = 2_048;
  private static final Pattern HOST = Pattern.compile("[a-z0-9.-]+(:[0-9]{1,5})?");
  private static final Pattern ENCODED = Pattern.compile("(?i)https?%3a.*");
  private static final Set<String> SCHEMES = Set.of("http", "https");

  private final Set<String> hosts = new HashSet<>();

  Allowed(FrontConfig config) {
    for (String host : config.returnHosts().orElse(List.of())) {
      String one = host.trim().toLowerCase(Locale.ROOT);
      if (!HOST.matcher(one).matches()) {
        throw new ConfigurationException(
            SETTING
                + " takes hosts, such as shop.example or localhost:8080, and not '"
                + host
                + "'",
            Set.of(SETTING));
      }
      hosts.add(one);
    }
  }

  /** Refuses to lead visitors where no host is listed. */
  void checkOn() {
    if (hosts.isEmpty()) {
      throw Problem.of(ProblemType.FORBIDDEN)
          .detail("No host is allowed to return to. The operator sets " + SETTING + ".")
          .asException();
    }
  }

  /**
   * The address as it goes into a {@code Location}; fails with malformed where it is not allowed.
   *
   * @param sent as it was sent, percent-encoded as a whole or not at all
   */
  String check(String sent) {
    try {
      String address =
          ENCODED.matcher(sent).matches() ? URLDecoder.decode(sent, StandardCharsets.UTF_8) : sent;
      if (address.length() > MAX_LENGTH || !address.chars().allMatch(c -> c > 0x20 && c < 0x7F)) {
        throw refused();
      }
      URI uri = new URI(address);
      String authority = uri.getRawAuthority();
      if (uri.getScheme() == null
          || !SCHEMES.contains(uri.getScheme().toLowerCase(Locale.ROOT))
          || authority == null
          || uri.getRawUserInfo() != null
          || !hosts.contains(authority.toLowerCase(Locale.ROOT))) {
        throw refused();
      }
      return address;
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw refused();
    }
  }

  private static RuntimeException refused() {
    return Problem.malformed(
            "to", "must be an absolute URL of http or https on a host of " + SETTING)
        .asException();
  }
}
