package io.firstcome.redis;

import io.vertx.core.impl.ContextInternal;
import io.vertx.redis.client.Response;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The links of one event loop to the nodes of a cluster: each call goes to the node that has the
 * slot of its keys, and on to where that one says. What a node refuses by sending elsewhere it has
 * not run, so a call is done once.
 *
 * <p>Each node has a link of its own: one that is gone, or slow, holds up nobody else's calls.
 *
 * <p>Nothing here is for other threads.
 */
final class ClusterLink {

  private final ClusterNodes nodes;
  private final ContextInternal context;
  private final Scripts scripts;
  private final Function<String, RedisLink> links;
  private final Map<String, RedisLink> byNode = new HashMap<>();

  /**
   * @param links makes the link to a node
   */
  ClusterLink(
      ClusterNodes nodes,
      ContextInternal context,
      Scripts scripts,
      Function<String, RedisLink> links) {
    this.nodes = nodes;
    this.context = context;
    this.scripts = scripts;
    this.links = links;
  }

  void call(Script script, int keys, byte[][] keysAndArgs, RedisLink.Answer answer) {
    Call call = new Call(script, keys, keysAndArgs, answer);
    String node = nodes.primary(call.slot);
    if (node != null) {
      call.at(node, false);
    } else {
      find(call);
    }
  }

  private void find(Call call) {
    nodes
        .find(call.slot)
        .onComplete(
            found ->
                context.runOnContext(
                    v -> {
                      if (found.succeeded()) {
                        call.at(found.result(), false);
                      } else {
                        call.answer.failed(scripts.explain(found.cause()));
                      }
                    }));
  }

  private RedisLink link(String node) {
    RedisLink link = byNode.get(node);
    if (link == null) {
      // Now and then: who is new has come in the place of another.
      byNode
          .entrySet()
          .removeIf(
              old -> !nodes.primaries().contains(old.getKey()) && old.getValue().closeIfIdle());
      link = links.apply(node);
      byNode.put(node, link);
    }
    return link;
  }

  /** The identity of the node that has this key. */
  void doubtServer(byte[] key) {
    String node = nodes.primary(SlotMap.slotOf(key));
    RedisLink link = node == null ? null : byNode.get(node);
    if (link != null) {
      link.doubtServer(key);
    }
  }

  void close() {
    context.runOnContext(v -> byNode.values().forEach(RedisLink::close));
  }

  private final class Call implements RedisLink.Answer {

    private final Script script;
    private final int keys;
    private final byte[][] keysAndArgs;
    private final RedisLink.Answer answer;
    private final int slot;
    private final long madeNanos = System.nanoTime();
    private String node;
    private boolean asking;
    private int hops;

    Call(Script script, int keys, byte[][] keysAndArgs, RedisLink.Answer answer) {
      this.script = script;
      this.keys = keys;
      this.keysAndArgs = keysAndArgs;
      this.answer = answer;
      this.slot = SlotMap.slotOf(keysAndArgs[0]);
    }

    void at(String node, boolean asking) {
      this.node = node;
      this.asking = asking;
      link(node).call(script, keys, keysAndArgs, this, asking);
    }

    @Override
    public void reply(Response reply) {
      answer.reply(reply);
    }

    @Override
    public void failed(RedisException e) {
      Redirect redirect = Redirect.of(e.getCause());
      if (redirect == null) {
        if (!e.isRefusal()) {
          nodes.doubt();
        }
        answer.failed(e);
        return;
      }
      if (hops == ClusterNodes.MAX_HOPS
          || System.nanoTime() - madeNanos >= scripts.timeout().toNanos()) {
        answer.failed(e);
        return;
      }
      String next = nodes.follow(redirect, node);
      if (next != null) {
        hops++;
        at(next, redirect.kind() == Redirect.Kind.ASK);
      } else {
        context.setTimer(ClusterNodes.PAUSE_MILLIS, timer -> at(node, asking));
      }
    }
  }
}
