package io.drrunbook.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The anchors of a chain that events were taken out of: for each piece the first and last number, and the hash that the
 * last one had. They stand in the chain themselves, as events of the kind {@link #KIND}, so nobody can add one unseen.
 */
final class RemovedEvents {

    static final String KIND = "events_removed";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<Long, Piece> byFirst = new TreeMap<>();

    /** What those events of the chain say. */
    RemovedEvents(List<Event> anchors) {
        anchors.stream()
                .flatMap(anchor -> pieces(anchor).stream())
                .forEach(piece ->
                        byFirst.merge(piece.first(), piece, (one, other) -> one.last() >= other.last() ? one : other));
    }

    /** The piece that was taken out from that number on. */
    Optional<Piece> from(long first) {
        return Optional.ofNullable(byFirst.get(first));
    }

    /** Neighbours become one piece. */
    static List<Piece> pieces(List<Event> out) {
        List<Piece> joined = new ArrayList<>();
        for (Event event : out) {
            Piece piece = new Piece(event.id(), event.id(), event.hash());
            Piece before = joined.isEmpty() ? null : joined.get(joined.size() - 1);
            if (before != null && before.last() + 1 == piece.first()) {
                joined.set(joined.size() - 1, new Piece(before.first(), piece.last(), piece.hash()));
            } else {
                joined.add(piece);
            }
        }
        return joined;
    }

    /** One piece from the beginning on: the anchors of what was taken out of it before may be among those that go. */
    static List<Piece> allUpTo(List<Event> out) {
        Event last = out.get(out.size() - 1);
        return List.of(new Piece(1, last.id(), last.hash()));
    }

    /** The content of an anchor. */
    static String content(String what, int count, List<Piece> pieces) {
        ObjectNode content = JSON.createObjectNode().put("what", what).put("count", count);
        ArrayNode list = content.putArray("pieces");
        pieces.forEach(piece -> list.addObject()
                .put("first", piece.first())
                .put("last", piece.last())
                .put("hash", piece.hash()));
        return content.toString();
    }

    private static List<Piece> pieces(Event anchor) {
        List<Piece> pieces = new ArrayList<>();
        try {
            for (JsonNode piece : JSON.readTree(anchor.content()).path("pieces")) {
                pieces.add(new Piece(
                        piece.path("first").asLong(),
                        piece.path("last").asLong(),
                        piece.path("hash").asText()));
            }
        } catch (JsonProcessingException e) {
            // The walk along the chain finds that this event is not what was written.
            return List.of();
        }
        return pieces;
    }

    /** Events without a gap between them, and the hash of the last. */
    record Piece(long first, long last, String hash) {}
}
