package io.firstcome.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.Yaml;

/** What is watched: the rules of Prometheus and the dashboard of Grafana, as they are deployed. */
public final class Watch {
  public static final Path PROMETHEUS = Path.of("deploy/prometheus/prometheus.yml");
  public static final Path RULES = Path.of("deploy/prometheus/rules.yml");
  public static final Path DASHBOARD = Path.of("deploy/grafana/firstcome.json");

  private static final Pattern STORED = Pattern.compile("(?<![:\\w])[a-zA-Z_]\\w*(?=\\{)");
  private static final Pattern RECORDED = Pattern.compile("firstcome:[a-zA-Z0-9_:]+");
  private static final Pattern COMPARISON = Pattern.compile(" (>=|<=|==|!=|>|<) ");

  /** What Prometheus itself makes. */
  private static final Set<String> OWN_OF_PROMETHEUS = Set.of("up", "ALERTS");

  /**
   * A query.
   *
   * @param where it stands: the name of a rule, or the title of a panel
   */
  public record Query(String where, String expression) {
    @Override
    public String toString() {
      return where + ": " + expression;
    }

    /** The metrics that it takes from the service. */
    public Set<String> metrics() {
      Set<String> names = new TreeSet<>(all(STORED, expression));
      names.removeAll(OWN_OF_PROMETHEUS);
      return names;
    }

    /** The metrics that it takes from recording rules. */
    public Set<String> recorded() {
      return all(RECORDED, expression);
    }

    /**
     * The same with every comparison telling 0 or 1 where it would hide what does not fulfil it: an
     * alert that is silent then still shows whether it has anything to judge.
     */
    public String unfiltered() {
      return COMPARISON.matcher(expression).replaceAll(" $1 bool ");
    }

    private static Set<String> all(Pattern pattern, String text) {
      Set<String> found = new TreeSet<>();
      Matcher matcher = pattern.matcher(text);
      while (matcher.find()) {
        found.add(matcher.group());
      }
      return found;
    }
  }

  /** A panel of the dashboard that draws lines. */
  public record Panel(String title, String unit, List<Line> lines) {}

  /** A query of a panel, and how what it yields is called. */
  public record Line(Query query, String legend) {}

  private Watch() {}

  /** The rules, as they are written. */
  @SuppressWarnings("unchecked")
  public static List<Map<String, Object>> rules() {
    Map<String, Object> file = (Map<String, Object>) yaml(RULES);
    List<Map<String, Object>> rules = new ArrayList<>();
    for (Map<String, Object> group : (List<Map<String, Object>>) file.get("groups")) {
      rules.addAll((List<Map<String, Object>>) group.get("rules"));
    }
    return rules;
  }

  /** The expressions of the rules that record, or of those that alert. */
  public static List<Query> expressions(String kind) {
    return rules().stream()
        .filter(rule -> rule.containsKey(kind))
        .map(rule -> new Query(rule.get(kind).toString(), rule.get("expr").toString()))
        .toList();
  }

  /** The queries of the dashboard, all coupons chosen. */
  public static List<Query> dashboard() {
    List<Query> queries = new ArrayList<>();
    for (JsonNode panel : json().get("panels")) {
      for (JsonNode target : panel.path("targets")) {
        queries.add(query(panel, target, ".*"));
      }
    }
    return queries;
  }

  /**
   * The panels of the dashboard that draw lines.
   *
   * @param coupon that is chosen in the dashboard
   */
  public static List<Panel> panels(String coupon) {
    List<Panel> panels = new ArrayList<>();
    for (JsonNode panel : json().get("panels")) {
      if (panel.get("type").asText().equals("timeseries")) {
        List<Line> lines = new ArrayList<>();
        for (JsonNode target : panel.get("targets")) {
          lines.add(new Line(query(panel, target, coupon), target.get("legendFormat").asText()));
        }
        String unit = panel.at("/fieldConfig/defaults/unit").asText();
        panels.add(new Panel(panel.get("title").asText(), unit, lines));
      }
    }
    return panels;
  }

  private static Query query(JsonNode panel, JsonNode target, String coupon) {
    String expression =
        target.get("expr").asText().replace("$__rate_interval", "10s").replace("$coupon", coupon);
    return new Query(panel.get("title").asText(), expression);
  }

  /** The metric and the label that the variable of the dashboard is filled from. */
  public static Query variable() {
    String values = json().at("/templating/list/1/query/query").asText();
    Matcher parts = Pattern.compile("label_values\\((\\w+), (\\w+)\\)").matcher(values);
    if (!parts.matches()) {
      throw new IllegalStateException("no label_values(metric, label): " + values);
    }
    return new Query("$coupon", parts.group(1) + "{" + parts.group(2) + "!=\"\"}");
  }

  public static JsonNode json() {
    try {
      return new ObjectMapper().readTree(Files.readString(DASHBOARD));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Object yaml(Path file) {
    try {
      return new Yaml().load(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
