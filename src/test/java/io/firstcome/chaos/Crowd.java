package io.firstcome.chaos;

import io.firstcome.chaos.Asker.Request;
import io.firstcome.chaos.Operation.Kind;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Users who claim one unit or several, ask again, have units redeemed and their redemptions taken
 * back, reserve, extend, pay, give back and are refunded, and operators who restock and revoke, all
 * of them without a pause. Who got no answer asks again a few times; who still has none is asked
 * for at the end.
 */
final class Crowd {
  static final String SALE = "chaos-sale";

  /** Whether coupons have a level of their own yet. */
  static final boolean LEVELS_ARE_SERVED = true;

  private static final int WORKERS = 16;
  private static final int TRIES = 4;
  private static final int LARGE = 1_000_000;
  private static final int SMALL = 60;
  private static final int RESTOCK = 25;

  /** Units that a claim of a coupon of several units is for. */
  private static final int UNITS = 3;

  /** No multiple of them, so that in the end too few are left. */
  private static final int SOME = 100;

  private static final String SEVERAL = "several";
  private static final int MOST_COUPONS = 12;
  private static final int SHARDS = 3;
  private static final int REMEMBERED = 200;

  private final World world;
  private final Plan plan;
  private final Asker asker;
  private final History history;
  private final List<String> coupons = new CopyOnWriteArrayList<>();
  private final Map<String, Long> quantities = new ConcurrentHashMap<>();
  private final Map<String, Request> open = new ConcurrentHashMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean ended;

  Crowd(World world, Plan plan, History history) {
    this.world = world;
    this.plan = plan;
    this.history = history;
    this.asker = new Asker(history);
  }

  /** Creates what is sold, and lets the users in. */
  void start() throws InterruptedException {
    Random random = new Random(plan.seed());
    create(random, LARGE);
    create(random, LARGE);
    create(random, SMALL);
    createCampaign(random);
    create(random, SEVERAL + "-" + (coupons.size() + 1), SOME, ",\"perUserLimit\":" + UNITS);
    create(random, "returned-" + (coupons.size() + 1), SOME, "");
    created(random, "/sales", "{\"id\":\"%s\",\"name\":\"Chaos\"%s}".formatted(SALE, level()));
    for (String item : List.of("many", "few")) {
      created(
          random,
          "/sales/" + SALE + "/items",
          "{\"id\":\"%s\",\"name\":\"Item\",\"quantity\":%d}"
              .formatted(item, item.equals("many") ? LARGE : 2 * SMALL));
    }
    // Where little goes wrong, what is sold out stays so.
    if (plan.rounds() > 0) {
      thread("operator", this::operate, 0);
    }
    for (int worker = 1; worker <= WORKERS; worker++) {
      thread("worker-" + worker, this::work, worker);
    }
  }

  private interface Work {
    void run(Random random, int worker) throws InterruptedException;
  }

  private void thread(String name, Work work, int worker) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run(new Random(plan.seed() * 31 + worker), worker);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (Throwable e) {
                failures.add(e);
              }
            },
            "crowd-" + name);
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  /** What is sold, for whoever looks into the stores: of a campaign its shards. */
  Collection<String> coupons() {
    return coupons.stream().flatMap(coupon -> parts(coupon).stream()).toList();
  }

  Collection<String> campaigns() {
    return coupons.stream().filter(Crowd::isCampaign).toList();
  }

  static boolean isOfSeveralUnits(String coupon) {
    return coupon.startsWith(SEVERAL);
  }

  private static boolean isCampaign(String coupon) {
    return coupon.startsWith("campaign");
  }

  private static List<String> parts(String coupon) {
    return isCampaign(coupon)
        ? Part.all(coupon, SHARDS).stream().map(Part::id).toList()
        : List.of(coupon);
  }

  /** Lets no more users in and waits until all are gone. */
  void stop() throws InterruptedException {
    ended = true;
    for (Thread thread : threads) {
      thread.join();
    }
    if (!failures.isEmpty()) {
      throw new AssertionError("the crowd itself failed", failures.peek());
    }
  }

  /** Asks until every request has its answer, and every holder once more. */
  void settle(Duration atMost) throws InterruptedException {
    Random random = new Random(plan.seed());
    Set<Request> again = new LinkedHashSet<>();
    for (Operation o : history.operations()) {
      if (o.kind() == Kind.CLAIM && !o.told().isEmpty()) {
        again.add(new Request(Kind.CLAIM, o.target(), o.user(), o.key(), ""));
      }
    }
    again.forEach(request -> open.put(id(request), request));
    long deadline = System.nanoTime() + atMost.toNanos();
    threads.clear();
    for (int worker = 0; worker < WORKERS; worker++) {
      List<Request> share = new ArrayList<>();
      for (Request request : open.values()) {
        if (Math.floorMod(id(request).hashCode(), WORKERS) == worker) {
          share.add(request);
        }
      }
      thread(
          "settle-" + worker,
          (r, w) -> {
            // In turns: who gets no answer keeps nobody from theirs.
            Deque<Request> left = new ArrayDeque<>(share);
            while (!left.isEmpty()) {
              Request request = left.poll();
              if (asker.ask(replica(r), request).isOpen() && System.nanoTime() < deadline) {
                left.add(request);
                Thread.sleep(50 + r.nextInt(200));
              }
            }
          },
          random.nextInt());
    }
    stop();
  }

  private String level() {
    return LEVELS_ARE_SERVED ? ",\"acknowledge\":\"" + plan.level() + "\"" : "";
  }

  private void create(Random random, int quantity) throws InterruptedException {
    String id = (quantity == LARGE ? "large-" : "small-") + (coupons.size() + 1);
    boolean reissue = LEVELS_ARE_SERVED && coupons.size() % 4 == 3;
    create(random, id, quantity, reissue ? ",\"onLoss\":\"REISSUE\"" : "");
  }

  /**
   * Creates a coupon.
   *
   * @param more members of its JSON
   */
  private void create(Random random, String id, int quantity, String more)
      throws InterruptedException {
    created(
        random,
        "/coupons",
        "{\"id\":\"%s\",\"name\":\"Chaos\",\"quantity\":%d%s%s}"
            .formatted(id, quantity, level(), more));
    quantities.put(id, (long) quantity);
    coupons.add(id);
  }

  /** Small enough to be sold out again and again, so that units move. */
  private void createCampaign(Random random) throws InterruptedException {
    create(random, "campaign-" + (coupons.size() + 1), SMALL, ",\"shards\":" + SHARDS);
  }

  private void created(Random random, String path, String body) throws InterruptedException {
    String id = body.replaceFirst("\\{\"id\":\"([^\"]+)\".*", "$1");
    String target = path.startsWith("/sales") ? SALE : id;
    insist(random, new Request(Kind.CREATE, target, "operator", path, body));
  }

  /** Until there is an answer: nobody goes on without it. */
  private void insist(Random random, Request request) throws InterruptedException {
    while (asker.ask(replica(random), request).isOpen()) {
      Thread.sleep(50 + random.nextInt(100));
    }
  }

  private void operate(Random random, int worker) throws InterruptedException {
    while (!ended) {
      Thread.sleep(500 + random.nextInt(1_000));
      if (coupons.size() < MOST_COUPONS && random.nextInt(4) == 0) {
        create(random, SMALL);
      } else {
        String coupon = coupons.get(random.nextInt(coupons.size()));
        long more = quantities.merge(coupon, (long) RESTOCK, Long::sum);
        insist(
            random,
            new Request(
                Kind.RESTOCK,
                coupon,
                "operator",
                String.valueOf(more),
                "{\"quantity\":%d}".formatted(more)));
      }
    }
  }

  private void work(Random random, int worker) throws InterruptedException {
    List<Request> before = new ArrayList<>();
    for (int i = 0; !ended; i++) {
      int what = random.nextInt(100);
      if (what < 20 && !before.isEmpty()) {
        ask(random, before.get(random.nextInt(before.size())));
      } else if (what < 75) {
        String coupon = coupons.get(random.nextInt(coupons.size()));
        String user = "u" + worker + "-" + i;
        String target = isCampaign(coupon) ? Part.ofUser(coupon, SHARDS, user).id() : coupon;
        String units = isOfSeveralUnits(coupon) ? String.valueOf(UNITS) : "";
        Request claim = new Request(Kind.CLAIM, target, user, units, "");
        remember(before, claim, random);
        boolean holds = !ask(random, claim).told().isEmpty();
        if (holds && what < 40 && units.isEmpty()) {
          redeem(random, before, target, user);
        }
        // What is sold out where little goes wrong stays so.
        if (holds && what % 4 == 0 && !coupon.startsWith("small") && !isCampaign(coupon)) {
          Request revoke = new Request(Kind.REVOKE, target, user, units, "{\"reason\":\"Chaos\"}");
          remember(before, revoke, random);
          ask(random, revoke);
        }
      } else {
        reserve(random, before, "u" + worker + "-" + i % 50, "k" + i);
      }
      Thread.sleep(random.nextInt(20));
    }
  }

  /**
   * For one order, and now and then for another one too, of which one alone may have it. Now and
   * then the first is taken back, and a late request for it must not redeem the unit again.
   */
  private void redeem(Random random, List<Request> before, String target, String user)
      throws InterruptedException {
    String body = "{\"userId\":\"%s\",\"orderReference\":\"%s\"%s}";
    Request first = new Request(Kind.REDEEM, target, user, "o-1", body.formatted(user, "o-1", ""));
    remember(before, first, random);
    boolean redeemed = !ask(random, first).told().isEmpty();
    if (redeemed && random.nextInt(4) == 0) {
      Request undo =
          new Request(
              Kind.UNREDEEM,
              target,
              user,
              "o-1",
              body.formatted(user, "o-1", ",\"reason\":\"Chaos\""));
      remember(before, undo, random);
      ask(random, undo);
      ask(random, first);
    }
    if (random.nextInt(3) == 0) {
      Request second =
          new Request(Kind.REDEEM, target, user, "o-2", body.formatted(user, "o-2", ""));
      remember(before, second, random);
      ask(random, second);
    }
  }

  private static void remember(List<Request> before, Request request, Random random) {
    if (before.size() < REMEMBERED) {
      before.add(request);
    } else {
      before.set(random.nextInt(before.size()), request);
    }
  }

  private void reserve(Random random, List<Request> before, String user, String key)
      throws InterruptedException {
    int what = random.nextInt(100);
    String item = "{\"itemId\":\"%s\",\"quantity\":%d}";
    Request reserve =
        new Request(
            Kind.RESERVE,
            SALE,
            user,
            key,
            "{\"items\":[%s%s],\"ttlSeconds\":%d}"
                .formatted(
                    item.formatted("many", 1 + what % 3),
                    what % 4 == 0 ? "," + item.formatted("few", 1) : "",
                    what % 5 == 0 ? 3 : 900));
    remember(before, reserve, random);
    Operation granted = ask(random, reserve);
    if (granted.told().isEmpty() || what < 25) {
      return;
    }
    String id = granted.told();
    if (what % 5 == 0) {
      // It would be over within seconds.
      ask(random, new Request(Kind.EXTEND, SALE, user, id, "{\"ttlSeconds\":600}"));
    }
    Kind end = what < 60 ? Kind.CANCEL : Kind.CONFIRM;
    Operation ended = ask(random, new Request(end, SALE, user, id, ""));
    if (ended.told().equals("CONFIRMED") && what > 85) {
      Request undo = new Request(Kind.UNDO, SALE, user, id, "{\"reason\":\"Chaos\"}");
      remember(before, undo, random);
      ask(random, undo);
    }
  }

  /** A few tries, each at any replica. */
  private Operation ask(Random random, Request request) throws InterruptedException {
    open.put(id(request), request);
    for (int left = TRIES; ; left--) {
      Operation operation = asker.ask(replica(random), request);
      if (!operation.isOpen()) {
        open.remove(id(request));
        return operation;
      }
      if (left == 0 || ended) {
        return operation;
      }
      Thread.sleep(50 + random.nextInt(250));
    }
  }

  private static String id(Request request) {
    return request.kind() + " " + request.target() + " " + request.user() + " " + request.key();
  }

  private URI replica(Random random) {
    return world.apps().get(random.nextInt(world.apps().size())).uri();
  }
}
