// zoom.js: how large a picture is shown, and which part of it
//
// Pure. A look: { scale, x, y }: the picture's left upper corner stands at x, y of the frame, both
// in pixels of the page. A frame and a picture: { width, height }.

export const LEAST_SCALE = 0.05;
export const MOST_SCALE = 16;

/** Whole picture in the middle; never larger than it is. */
export function fit(frame, picture) {
  const scale = Math.min(1, frame.width / picture.width, frame.height / picture.height) || 1;
  return centred(frame, picture, scale);
}

function centred(frame, picture, scale) {
  return { scale, x: (frame.width - picture.width * scale) / 2, y: (frame.height - picture.height * scale) / 2 };
}

/** Keeps the picture in the frame: no gap that panning could close. */
export function clamp(look, frame, picture) {
  const along = (at, outer, inner) => (inner <= outer ? (outer - inner) / 2 : Math.min(0, Math.max(outer - inner, at)));
  return {
    scale: look.scale,
    x: along(look.x, frame.width, picture.width * look.scale),
    y: along(look.y, frame.height, picture.height * look.scale),
  };
}

/** The point of the picture that is under (x, y) stays there. */
export function zoomAt(look, factor, x, y, frame, picture) {
  const least = Math.min(fit(frame, picture).scale, 1);
  const scale = Math.min(MOST_SCALE, Math.max(least, LEAST_SCALE, look.scale * factor));
  const ratio = scale / look.scale;
  return clamp({ scale, x: x - (x - look.x) * ratio, y: y - (y - look.y) * ratio }, frame, picture);
}

export function actual(look, frame, picture) {
  return zoomAt(look, 1 / look.scale, frame.width / 2, frame.height / 2, frame, picture);
}

export function pan(look, dx, dy, frame, picture) {
  return clamp({ scale: look.scale, x: look.x + dx, y: look.y + dy }, frame, picture);
}

export const isFit = (look, frame, picture) => look.scale <= fit(frame, picture).scale * 1.001;
