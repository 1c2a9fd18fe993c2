package io.drrunbook.web;

import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/** A part of a long list. */
record Page(int limit, int offset) {

    static final int LARGEST = 200;

    /** @throws RefusedException ({@code page_wrong}) */
    static Page of(int limit, int offset) {
        if (limit < 1 || limit > LARGEST || offset < 0) {
            throw new RefusedException(
                    Reason.BAD_REQUEST,
                    "page_wrong",
                    "limit is 1 to " + LARGEST + " and offset 0 or more; got " + limit + " and " + offset);
        }
        return new Page(limit, offset);
    }

    /**
     * Answers with this part of a list, and with a {@code Link} to the next (RFC 8288) when there is more.
     *
     * @param oneMore this part and, if there is one, the element behind it
     */
    <T> ResponseEntity<List<T>> answer(List<T> oneMore) {
        HttpHeaders headers = new HttpHeaders();
        if (oneMore.size() > limit) {
            String next = ServletUriComponentsBuilder.fromCurrentRequest()
                    .scheme(null)
                    .host(null)
                    .port(null)
                    .replaceQueryParam("limit", limit)
                    .replaceQueryParam("offset", offset + limit)
                    .build()
                    .toUriString();
            headers.add(HttpHeaders.LINK, "<" + next + ">; rel=\"next\"");
        }
        return ResponseEntity.ok().headers(headers).body(oneMore.subList(0, Math.min(limit, oneMore.size())));
    }
}
