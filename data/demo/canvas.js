// canvas.js: drawing surfaces as sharp as the screen, and what every chart draws on them

import { token } from './dom.js';

export const FONT = '"Inter", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif';

// Sized in device pixels, scaled so that callers draw in CSS pixels.
export function openCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const ctx = canvas.getContext('2d');
  ctx.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
  ctx.clearRect(0, 0, width, height);
  ctx.lineJoin = 'round';
  ctx.lineCap = 'round';
  return ctx;
}

// A position on the middle of a device pixel: hairlines stay one pixel wide.
export function crisp(position) {
  const ratio = window.devicePixelRatio || 1;
  return (Math.floor(position * ratio) + 0.5) / ratio;
}

export function hairline(ctx, x1, y1, x2, y2) {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

// The alphabetic base line only: browsers disagree by pixels about all others.
export function label(ctx, text, x, y, options = {}) {
  ctx.font = `${options.weight ?? 400} ${options.size ?? 11}px ${FONT}`;
  ctx.fillStyle = options.color ?? token('axis-text');
  ctx.textAlign = options.align ?? 'left';
  ctx.fillText(text, x, y);
}

export function mix(color, alpha) {
  const n = parseInt(color.slice(1), 16);
  return `rgba(${n >> 16}, ${(n >> 8) & 255}, ${n & 255}, ${alpha})`;
}

// A monotone cubic through the points: smooth, and never above a maximum that was not there.
export function tracePath(ctx, points) {
  const n = points.length;
  if (n === 0)
    return;
  const slopes = [];
  for (let i = 0; i < n - 1; i++)
    slopes.push((points[i + 1].y - points[i].y) / (points[i + 1].x - points[i].x || 1));
  const tangent = points.map((_, i) => {
    if (i === 0 || i === n - 1)
      return slopes[Math.min(i, n - 2)] ?? 0;
    const [a, b] = [slopes[i - 1], slopes[i]];
    return a * b <= 0 ? 0 : (2 * a * b) / (a + b);
  });
  ctx.moveTo(points[0].x, points[0].y);
  for (let i = 0; i < n - 1; i++) {
    const third = (points[i + 1].x - points[i].x) / 3;
    ctx.bezierCurveTo(points[i].x + third, points[i].y + tangent[i] * third,
      points[i + 1].x - third, points[i + 1].y - tangent[i + 1] * third, points[i + 1].x, points[i + 1].y);
  }
}

export function fillUnder(ctx, points, bottom, color, top, strength) {
  const gradient = ctx.createLinearGradient(0, top, 0, bottom);
  gradient.addColorStop(0, mix(color, strength));
  gradient.addColorStop(1, mix(color, 0));
  ctx.beginPath();
  tracePath(ctx, points);
  ctx.lineTo(points[points.length - 1].x, bottom);
  ctx.lineTo(points[0].x, bottom);
  ctx.closePath();
  ctx.fillStyle = gradient;
  ctx.fill();
}
