package io.firstcome.http.edge;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.quarkus.micrometer.runtime.HttpServerMetricsTagsContributor;
import io.vertx.core.http.HttpMethod;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Bounds the tags of {@code http.server.requests}, which Quarkus takes from the request as it came:
 * whatever method and path a client makes up would become a time series. The path is tagged by the
 * template of the operation that it matched, or as {@value #UNKNOWN}; a method that is not known as
 * {@value #OTHER}.
 */
@Singleton
class RequestTags implements HttpServerMetricsTagsContributor {

  static final String UNKNOWN = "UNKNOWN";
  static final String OTHER = "OTHER";

  private static final String SERVER = "http.server.";
  private static final String METRIC = SERVER + "requests";
  private static final String PORT = "server.port";
  private static final String URI = "uri";
  private static final String METHOD = "method";

  /** Where Quarkus puts the template. */
  private static final String TEMPLATE = "UrlPathTemplate";

  /** Of requests that were answered. */
  private final Set<String> templates = ConcurrentHashMap.newKeySet();

  @Override
  public Tags contribute(Context context) {
    String template = context.requestContextLocalData(TEMPLATE);
    if (template == null) {
      return Tags.of(URI, UNKNOWN);
    }
    templates.add(template);
    return Tags.empty();
  }

  /**
   * Quarkus tags what is counted of connections with the port of the server, unless the server
   * takes any free port. Prometheus refuses a meter whose tags differ, and the second server would
   * never listen.
   */
  @Produces
  @Singleton
  MeterFilter portsOfServers() {
    return new MeterFilter() {
      @Override
      public Meter.Id map(Meter.Id id) {
        return id.getName().startsWith(SERVER)
                && !id.getName().equals(METRIC)
                && id.getTag(PORT) == null
            ? id.withTag(Tag.of(PORT, "0"))
            : id;
      }
    };
  }

  /** For requests that were not answered, as the client went away: nothing is contributed then. */
  @Produces
  @Singleton
  MeterFilter bound() {
    return new MeterFilter() {
      @Override
      public Meter.Id map(Meter.Id id) {
        if (!id.getName().equals(METRIC)) {
          return id;
        }
        String method = id.getTag(METHOD);
        String uri = id.getTag(URI);
        Meter.Id known =
            method == null || HttpEdge.METHODS.contains(HttpMethod.valueOf(method))
                ? id
                : id.withTag(Tag.of(METHOD, OTHER));
        return uri == null || uri.equals(UNKNOWN) || templates.contains(uri)
            ? known
            : known.withTag(Tag.of(URI, UNKNOWN));
      }
    };
  }
}
