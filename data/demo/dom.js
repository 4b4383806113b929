// dom.js: elements without markup in strings
//
// Text goes in as text nodes and styles through the object model, so the page runs under a
// content security policy that allows neither inline scripts nor inline styles.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'style')
      Object.entries(value).forEach(([key, text]) => node.style.setProperty(key, text));
    else if (value !== undefined && value !== false)
      node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// "请求速率 · Requests": the part after the dot is set quieter.
export function bilingual(text) {
  const [first, ...rest] = text.split(' · ');
  return rest.length === 0 ? [first] : [first, h('span', { class: 'quiet' }, rest.join(' · '))];
}
