import http from 'k6/http'
import { sleep } from 'k6'

export const options = { vus: Number(__ENV.USERS || 5), duration: __ENV.SECONDS ? `${__ENV.SECONDS}s` : '8s' }

export default function () {
  http.get('http://127.0.0.1:9111/')
  sleep(0.1)
}

export function handleSummary (data) {
  return { 'k6-handle-summary.json': JSON.stringify(data, null, 1) }
}
