package io.firstcome.recovery;

import io.firstcome.durability.ReplicaCheck;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.redis.Scripts;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.All;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The loader of each type that has something to load. */
@Startup
@Singleton
public class Loaders {

  private final List<Parts> parts;
  private final Map<AggregateType, Loader> loaders;

  Loaders(
      @All List<Loadable> types,
      @All List<Parts> parts,
      Scripts redis,
      Drainer drainer,
      ReplicaCheck followers,
      Pool mysql,
      MySqlCalls calls,
      LoadConfig config,
      MeterRegistry registry) {
    this.parts = parts;
    this.loaders =
        types.stream()
            .map(
                what -> new Loader(what, redis, drainer, followers, mysql, calls, config, registry))
            .collect(Collectors.toMap(loader -> loader.what().type(), Function.identity()));
  }

  /** The ids that Redis holds in place of this one; most often itself. */
  public Uni<List<String>> parts(AggregateType type, String id) {
    return parts.stream()
        .filter(one -> one.type().equals(type))
        .findFirst()
        .map(one -> one.parts(id))
        .orElseGet(() -> Uni.createFrom().item(List.of(id)));
  }

  /** The loader of this type. */
  public Loader of(AggregateType type) {
    return loaders.get(type);
  }

  @PreDestroy
  void stop() {
    loaders.values().forEach(Loader::stop);
  }
}
