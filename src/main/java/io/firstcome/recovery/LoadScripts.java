package io.firstcome.recovery;

import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The scripts by which what Redis has of an aggregate is loaded or removed. */
public final class LoadScripts {

  private static final Script REMOVE = Script.named("state-fence");

  private final Scripts scripts;
  private final Script stage;
  private final Script publish;

  /**
   * @param stage stages a part
   * @param publish publishes the staged parts
   */
  public LoadScripts(Scripts scripts, Script stage, Script publish) {
    this.scripts = scripts;
    this.stage = stage;
    this.publish = publish;
  }

  /**
   * Stages members of a part and renews the lease.
   *
   * @param lease its key
   * @param staged the keys of all parts
   * @return false when the lease is lost
   */
  public Uni<Boolean> stage(
      String lease,
      List<String> staged,
      String token,
      Duration ttl,
      String part,
      List<String> members) {
    List<String> keys = new ArrayList<>(staged.size() + 1);
    keys.add(lease);
    keys.addAll(staged);
    List<String> args = new ArrayList<>(members.size() + 3);
    args.addAll(List.of(token, String.valueOf(ttl.toMillis()), part));
    args.addAll(members);
    return scripts.run(stage, keys, args).map(reply -> reply.toInteger() == 1);
  }

  /** Publishes the staged parts; returns what the script says. */
  public Uni<String> publish(List<String> keys, String token, Collection<String> state) {
    List<String> args = new ArrayList<>(state.size() + 1);
    args.add(token);
    args.addAll(state);
    return scripts.run(publish, keys, args).map(Response::toString);
  }

  /** Removes a state that is older than this epoch; returns whether there was one. */
  public Uni<Boolean> remove(String state, long epoch) {
    return scripts
        .run(REMOVE, List.of(state), List.of(String.valueOf(epoch)))
        .map(reply -> reply.toInteger() == 1);
  }
}
